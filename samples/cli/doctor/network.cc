// The way to the server, and what the server says: at most four requests, of which the first three
// create nothing.

#include <rapidjson/document.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>
#include <utility>

#include "samples/cli/doctor/device_system.h"
#include "samples/cli/doctor/patient.h"
#include "samples/cli/doctor/probe.h"
#include "samples/cli/doctor/test_event.h"
#include "samples/cli/doctor/way.h"
#include "samples/cli/key.h"
#include "samples/cli/print.h"

namespace cli {

using embeddables::WaitingFor;

namespace {

// A key that nobody has: a server that refuses it, and not the right one, looks at keys.
constexpr char kMadeUpKey[] = "rk_made_up_by_embeddables_agent_doctor";

struct Error {
  // cppcheck-suppress unusedStructMember; it does not see through std::optional
  std::string code;
  // cppcheck-suppress unusedStructMember
  std::string message;
};

std::string TextOf(const rapidjson::Value& object, const char* name) {
  const auto member = object.FindMember(name);
  const bool text = member != object.MemberEnd() && member->value.IsString();
  return text ? std::string(member->value.GetString(), member->value.GetStringLength()) : "";
}

bool ParseObject(const std::string& body, rapidjson::Document* document) {
  document->Parse<rapidjson::kParseIterativeFlag>(body.data(), body.size());
  return !document->HasParseError() && document->IsObject();
}

// What the vendor's errors say: {"error": {"code", "message"}}.
std::optional<Error> ErrorOf(const Reply& reply) {
  rapidjson::Document body;
  if (!ParseObject(reply.body, &body)) return std::nullopt;
  const auto error = body.FindMember("error");
  if (error == body.MemberEnd() || !error->value.IsObject()) return std::nullopt;
  return Error{TextOf(error->value, "code"), TextOf(error->value, "message")};
}

// Did the server confirm an event?
bool Confirms(const Reply& reply) {
  rapidjson::Document body;
  return reply.status >= 200 && reply.status < 300 && ParseObject(reply.body, &body) &&
         body.HasMember("entry_id");
}

bool IsUnknownUser(const Reply& reply) {
  const std::optional<Error> error = ErrorOf(reply);
  return reply.status == 404 && error && error->code == "ENTRY_NOT_FOUND";
}

bool IsBusy(int status) { return status >= 500 || status == 408 || status == 425 || status == 429; }

bool RefusesKey(int status) { return status == 401 || status == 403; }

class Network {
 public:
  explicit Network(const Patient& patient)
      : patient_(patient),
        way_(FindWay(*patient.settings)),
        discretion_(patient.config(), patient.identifier),
        prober_(patient.config(), way_.proxy.empty(), patient.settings->timeout()) {}

  void Ask();
  Check Dns() const;
  Check Proxy() const;
  Check Tls() const;
  Check Server() const;
  Check Portal() const;
  Check Key() const;
  Check Project() const;
  Check Entry() const;
  Check TestEvent() const;
  Check Clock() const;

 private:
  static Check NotKnown(const char* name, const std::string& why, const std::string& next = "") {
    return {name, Verdict::kNotKnown, why, next, kPending};
  }
  std::string Words(const Reply& reply) const;
  bool Answered() const { return empty_.reached == Reached::kReply && !IsPortal(); }
  bool IsPortal() const;
  Check Untrusted() const;
  Check Trusted() const;
  std::string ProxyWords() const { return Printable(way_.proxy) + " (" + way_.proxy_by + ")"; }
  Question Post(const std::string& body, const std::string& key) const {
    return {"POST", Path("events"), key, body};
  }
  std::string Path(const char* what) const {
    return "/projects/" + prober_.Escaped(patient_.config().project_id) + "/" + what;
  }
  std::string KeySourceName() const { return KeySource(*patient_.settings->options); }

  const Patient& patient_;
  const Way way_;
  const Discretion discretion_;
  const Prober prober_;
  Reply empty_;                                 // to an event without content
  std::optional<Reply> made_up_, read_, test_;  // if these were asked
  std::string no_test_event_;                   // why none was sent
  std::vector<Certificate> shown_;              // by a server that is not trusted
};

void Network::Ask() {
  const std::string& key = patient_.config().api_key;
  empty_ = prober_.Ask(Post("{}", key));
  if (empty_.reached == Reached::kNoTls) shown_ = prober_.Shown();
  if (!Answered()) {
    no_test_event_ = "the server did not answer";
    return;
  }
  if (!IsBusy(empty_.status) && !RefusesKey(empty_.status)) {
    read_ = prober_.Ask({"GET", Path("entries?limit=1"), key, ""});
    if (!key.empty() && read_->status != 200) made_up_ = prober_.Ask(Post("{}", kMadeUpKey));
  }
  if (!patient_.send_test_event) return;
  no_test_event_ = WhyNoTestEvent(patient_);
  if (no_test_event_.empty()) test_ = prober_.Ask(Post(TestEventBody(patient_), key));
}

// "HTTP 404: no such project", or libcurl's words.
std::string Network::Words(const Reply& reply) const {
  if (reply.reached != Reached::kReply) return discretion_.Show(reply.words);
  const std::optional<Error> error = ErrorOf(reply);
  std::string words = "HTTP " + std::to_string(reply.status);
  if (error) words += ": " + (error->message.empty() ? error->code : error->message);
  return discretion_.Show(words.substr(0, 200));
}

// A page in place of an answer. Over TLS with a server that is trusted there is no portal.
bool Network::IsPortal() const {
  if (empty_.reached != Reached::kReply) return false;
  if (empty_.status == 511) return true;  // RFC 6585: Network Authentication Required
  rapidjson::Document body;
  const bool page = empty_.status < 400 && !ParseObject(empty_.body, &body);
  return page && !way_.https;
}

Check Network::Dns() const {
  const std::string host = Printable(way_.host);
  if (empty_.reached == Reached::kNoName && !empty_.proxy_name) {
    return {"dns", Verdict::kFail, host + ": " + Words(empty_),
            "check the spelling in " + patient_.Source("--base-url") +
                ", this device's network and its name servers (" + kNameServers + ")",
            kPending};
  }
  if (!way_.proxy.empty()) return NotKnown("dns", "the proxy looks up " + host);
  if (way_.is_address) {
    return {"dns", Verdict::kOk, host + " is an address, no name is looked up", "", kPending};
  }
  if (empty_.reached == Reached::kNothing) return NotKnown("dns", Words(empty_));
  const std::string address = empty_.address.empty() ? "was found" : "is " + empty_.address;
  return {"dns", Verdict::kOk,
          host + " " + address + ", after " + std::to_string(empty_.lookup.count()) + " ms", "",
          kPending};
}

Check Network::Proxy() const {
  if (way_.proxy.empty()) {
    return {"proxy", Verdict::kOk, "none, the server is reached directly", "", kPending};
  }
  const bool asked = empty_.reached == Reached::kReply && empty_.status == 407;
  const bool fails = empty_.proxy_name || empty_.reached == Reached::kNoProxy ||
                     empty_.reached == Reached::kNoHost || asked;
  if (!fails) return {"proxy", Verdict::kOk, ProxyWords() + " is used", "", kPending};
  return {"proxy", Verdict::kFail, ProxyWords() + ": " + Words(empty_),
          "correct " + way_.proxy_by + ", or have no_proxy name the server's host", kPending};
}

Check Network::Untrusted() const {
  Check check{"tls", Verdict::kFail, Words(empty_), "", kPending};
  const std::int64_t now = std::time(nullptr);
  const bool shown = !shown_.empty();
  const std::int64_t begins = shown ? ReadDate(shown_.front().begins) : -1;
  const std::int64_t ends = shown ? ReadDate(shown_.front().ends) : -1;
  if (shown) check.what += "; issued by " + Printable(shown_.front().issuer);
  if (begins > now) {
    check.next =
        "it is valid from " + Printable(shown_.front().begins) + " on: set this device's clock";
  } else if (ends >= 0 && ends < now) {
    check.next = "it ended on " + Printable(shown_.front().ends) +
                 ": have the server's certificate renewed, or set this device's clock";
  } else {
    check.next = "check " + patient_.Source("--ca-file") + ", " +
                 patient_.Source("--pinned-public-key") + " and this device's certificates (" +
                 kCertificates + "); a network's login page may be in the way, too";
  }
  return check;
}

Check Network::Trusted() const {
  constexpr std::int64_t kDay = 86'400, kSoon = 14;
  if (empty_.chain.empty()) {
    return {"tls", Verdict::kOk, "the server is trusted; its certificate is not shown", "",
            kPending};
  }
  std::int64_t first = -1;  // the day on which the first of the chain ends
  for (const Certificate& each : empty_.chain) {
    const std::int64_t ends = ReadDate(each.ends);
    if (ends >= 0 && (first < 0 || ends < first)) first = ends;
  }
  const std::int64_t days = (first - std::time(nullptr)) / kDay;
  Check check{"tls", Verdict::kOk,
              "trusted by a chain of " +
                  std::to_string(static_cast<std::int64_t>(empty_.chain.size())) + ", issued by " +
                  Printable(empty_.chain.front().issuer),
              "", kPending};
  if (first < 0) return check;
  check.what += ", valid for " + std::to_string(days) + " days";
  if (days < kSoon) {
    check.verdict = Verdict::kWarn;
    check.next = "have the certificate renewed before events have to wait";
  }
  return check;
}

Check Network::Tls() const {
  if (!way_.https && IsLoopback(way_.host)) {
    return {"tls", Verdict::kOk, "plain http within this device", "", kPending};
  }
  if (!way_.https) {
    return {"tls", Verdict::kWarn, "plain http: anybody on the way can read key and events",
            "have " + patient_.Source("--base-url") + " begin with https://", kPending};
  }
  if (empty_.reached == Reached::kNoTls) return Untrusted();
  if (empty_.reached == Reached::kReply || empty_.reached == Reached::kNoReply) return Trusted();
  return NotKnown("tls", "no connection was made");
}

Check Network::Server() const {
  if (empty_.reached == Reached::kNoHost && way_.proxy.empty()) {
    return {"server", Verdict::kFail, Words(empty_),
            "check this device's network, a firewall, and " + patient_.Source("--base-url"),
            kPending};
  }
  if (empty_.reached == Reached::kNoReply) {
    return {"server", Verdict::kFail, "no answer: " + Words(empty_),
            "try again; if it stays so, ask whoever runs the server or a firewall before it",
            kPending};
  }
  if (!Answered()) return NotKnown("server", "it was not reached, see above and below");
  if (IsBusy(empty_.status)) {
    return {"server", Verdict::kFail, "it takes no events now: " + Words(empty_),
            "nothing to do here: events are kept, and tried again later", kPending};
  }
  return {
      "server", Verdict::kOk,
      "it answered after " + std::to_string(empty_.total.count()) + " ms (" + Words(empty_) + ")",
      "", kPending};
}

Check Network::Portal() const {
  if (empty_.reached != Reached::kReply)
    return NotKnown("portal", "there was no answer to look at");
  if (!IsPortal()) {
    return {"portal", Verdict::kOk, "the answer is no login page", "", kPending};
  }
  return {"portal", Verdict::kFail,
          "a page came in place of an answer (HTTP " + std::to_string(empty_.status) + ", " +
              Printable(empty_.type) + ")",
          "open a browser on this device and log in to the network", kPending};
}

Check Network::Key() const {
  const char* kName = "key";
  if (!Answered() || IsBusy(empty_.status)) return NotKnown(kName, "the server did not say");
  const bool own = !patient_.config().api_key.empty();
  if (RefusesKey(empty_.status)) {
    return {kName, Verdict::kFail, "it was refused: " + Words(empty_),
            own ? "correct " + KeySourceName() + "; the vendor's project lists its restricted keys"
                : "give " + KeySourceName() + ", or have the relay add its key",
            kCredentials};
  }
  if (!own) return NotKnown(kName, "none is given, the relay is to add it");
  if (test_ && Confirms(*test_)) {
    return {kName, Verdict::kOk, "accepted with the test event", "", kCredentials};
  }
  if (read_ && read_->status == 200) {
    return {kName, Verdict::kOk, "accepted for reading the project's entries", "", kCredentials};
  }
  if (made_up_ && RefusesKey(made_up_->status)) {
    return {kName, Verdict::kOk,
            "accepted: the server refuses a made-up key (HTTP " + std::to_string(made_up_->status) +
                "), and not this one",
            "", kCredentials};
  }
  return NotKnown(kName, "the server refuses an empty event whatever the key is",
                  "--send-test-event tells");
}

Check Network::Project() const {
  const char* kName = "project";
  const std::string next =
      "check " + patient_.Source("--project") + " and " + patient_.Source("--base-url");
  if (!Answered() || IsBusy(empty_.status) || RefusesKey(empty_.status)) {
    return NotKnown(kName, "the server did not say");
  }
  const int status = empty_.status;
  const bool wrong = (status >= 300 && status < 400) || status == 402 || status == 404 ||
                     status == 405 || status == 410 || status == 426;
  if (wrong && !IsUnknownUser(empty_)) {
    return {kName, Verdict::kFail, "the server has no such place: " + Words(empty_), next,
            kCredentials};
  }
  if (test_ && (Confirms(*test_) || IsUnknownUser(*test_))) {
    return {kName, Verdict::kOk, "known: it took the test event, or looked for the person", "",
            kCredentials};
  }
  if (!read_ || read_->reached != Reached::kReply) return NotKnown(kName, "the server did not say");
  rapidjson::Document body;
  body.Parse<rapidjson::kParseIterativeFlag>(read_->body.c_str(), read_->body.size());
  if (read_->status == 200 && !body.HasParseError()) {
    return {kName, Verdict::kOk, "known: its entries can be read", "", kCredentials};
  }
  const std::optional<Error> error = ErrorOf(*read_);
  if (read_->status == 404 && error && error->code.find("PROJECT") != std::string::npos) {
    return {kName, Verdict::kFail, Words(*read_), next, kCredentials};
  }
  return NotKnown(kName, "the server has no read for this key that tells (HTTP " +
                             std::to_string(read_->status) + ")");
}

Check Network::Entry() const {
  const char* kName = "entry";
  const std::string next = "check " + patient_.Source("--embeddable") +
                           ", the identifier's key (email or user_email, say), and that the person "
                           "has an entry in the embeddable";
  if (test_ && Confirms(*test_)) {
    return {kName, Verdict::kOk, "the server knows the person of the test event", "", kRefused};
  }
  if (test_ && IsUnknownUser(*test_)) {
    return {kName, Verdict::kFail, "the server knows nobody with this identifier: " + Words(*test_),
            next, kRefused};
  }
  const bool seen = patient_.inspected.ok();
  if (seen && (patient_.seen.reason.waiting_for == WaitingFor::kUnknownUser ||
               patient_.seen.last_failure.waiting_for == WaitingFor::kUnknownUser)) {
    return {kName, Verdict::kFail, "stored events are about somebody whom the server does not know",
            next, kRefused};
  }
  return NotKnown(kName, "only an event tells", "--send-test-event with --identifier asks");
}

Check Network::TestEvent() const {
  const char* kName = "test_event";
  if (!test_) return NotKnown(kName, "none was sent: " + Printable(no_test_event_));
  if (Confirms(*test_)) {
    return {kName, Verdict::kOk, std::string("the server confirmed one ") + kTestEventName, "",
            kRefused};
  }
  if (RefusesKey(test_->status)) {
    return {kName, Verdict::kFail, Words(*test_), "correct " + KeySourceName(), kCredentials};
  }
  const bool lasting = test_->reached == Reached::kReply && !IsBusy(test_->status);
  return {kName, Verdict::kFail, "it was not confirmed: " + Words(*test_),
          IsUnknownUser(*test_) ? "the line above says what to check"
          : lasting             ? "ask whoever runs the server what it says"
                                : "try again later",
          lasting ? kRefused : kPending};
}

Check Network::Clock() const {
  constexpr std::int64_t kLittle = 30, kMuch = 3600;
  const char* kName = "clock";
  const std::int64_t server = ReadDate(empty_.date);
  if (server < 0) return NotKnown(kName, "no answer told the time");
  const std::int64_t ahead = empty_.came - server, off = std::abs(ahead);
  if (off <= kLittle) {
    return {kName, Verdict::kOk, "within " + std::to_string(off) + " s of the server's", "",
            kPending};
  }
  return {kName, off < kMuch ? Verdict::kWarn : Verdict::kFail,
          "this device's clock is " + std::to_string(off) + " s " +
              (ahead > 0 ? "ahead of" : "behind") + " the server's",
          std::string("set it (") + kSetClock +
              ", or the device's own way): events are sent with its times",
          kPending};
}

}  // namespace

void CheckNetwork(const Patient& patient, bool complete, Checks* checks) {
  if (!complete) {
    for (const char* name :
         {"dns", "proxy", "tls", "server", "portal", "key", "project", "entry", "clock"}) {
      checks->push_back({name, Verdict::kNotKnown, "the settings come first", "", kPending});
    }
    return;
  }
  Network network(patient);
  network.Ask();
  for (const auto check : {&Network::Dns, &Network::Proxy, &Network::Tls, &Network::Server,
                           &Network::Portal, &Network::Key, &Network::Project, &Network::Entry}) {
    checks->push_back((network.*check)());
  }
  if (patient.send_test_event) checks->push_back(network.TestEvent());
  checks->push_back(network.Clock());
}

}  // namespace cli
