// One request of the doctor's, and what it tells of the way to the server. It goes the way that the
// agent's requests go: the same address, proxy, trust and headers, and no redirect is followed.

#ifndef EMBEDDABLES_SAMPLES_CLI_DOCTOR_PROBE_H_
#define EMBEDDABLES_SAMPLES_CLI_DOCTOR_PROBE_H_

#include <embeddables/agent.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace cli {

// How far a request came.
enum class Reached {
  kNothing,  // libcurl could not begin
  kNoName,   // the host's name, or the proxy's, was not found
  kNoProxy,  // the proxy does not answer, or refuses
  kNoHost,   // the host does not answer
  kNoTls,    // the host answers, and cannot be trusted
  kNoReply,  // no answer, or half of one
  kReply,
};

struct Certificate {
  std::string subject, issuer, begins, ends;  // dates as libcurl shows them
};

struct Reply {
  Reached reached = Reached::kNothing;
  bool proxy_name = false;  // kNoName: it is the proxy's name
  std::string words;        // libcurl's, if there is no answer
  int status = 0;
  std::string type, date, body;  // of the body at most 64 KiB
  std::string address;           // of the peer: the host, or its proxy
  std::chrono::milliseconds lookup{0}, total{0};
  std::int64_t came = 0;           // seconds since 1970, by this device's clock
  std::vector<Certificate> chain;  // the server's own first
};

struct Question {
  std::string method;  // "POST", "GET"
  std::string path;    // below base_url: "/projects/pr_x/events"
  std::string key;     // none: sent without one
  std::string body;
};

class Prober {
 public:
  // `config` outlives it. `directly`: a proxy of the environment's does not count. `limit`: for
  // each request.
  Prober(const embeddables::Config& config, bool directly, std::chrono::milliseconds limit);

  Reply Ask(const Question& question) const;
  // Sends nothing, trusts anybody: the certificates of a server that was not trusted.
  std::vector<Certificate> Shown() const;

  // The project's id as it stands in a path.
  std::string Escaped(const std::string& id) const;

 private:
  const embeddables::Config& config_;
  const bool directly_;
  const std::chrono::milliseconds limit_;
};

// Seconds since 1970 of a date in a header or a certificate; -1: it is none.
std::int64_t ReadDate(const std::string& text);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_DOCTOR_PROBE_H_
