#include "samples/cli/doctor/probe.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <memory>
#include <string_view>
#include <utility>

namespace cli {

using embeddables::Config;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t kMostBody = 64 * 1024;

struct Handle {
  CURL* easy = curl_easy_init();
  curl_slist* headers = nullptr;
  char words[CURL_ERROR_SIZE] = {};

  Handle() = default;
  ~Handle() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  void Add(const std::string& header) { headers = curl_slist_append(headers, header.c_str()); }
};

std::size_t OnBody(char* data, std::size_t, std::size_t size, void* user) {
  auto* body = static_cast<std::string*>(user);
  body->append(data, std::min(size, kMostBody - body->size()));
  return body->size() < kMostBody ? size : 0;
}

std::size_t OnHeader(char* data, std::size_t, std::size_t size, void* user) {
  auto* date = static_cast<std::string*>(user);
  constexpr std::string_view kName = "date:";
  const std::string_view line(data, size);
  if (line.substr(0, 5) == "HTTP/") date->clear();  // what came before was a proxy's
  if (size > kName.size() && curl_strnequal(data, kName.data(), kName.size()) != 0) {
    *date = std::string(line.substr(kName.size()));
    date->erase(date->find_last_not_of(" \r\n") + 1);
    date->erase(0, date->find_first_not_of(' '));
  }
  return size;
}

std::string Base(const Config& config) {
  std::string url = config.base_url;
  while (!url.empty() && url.back() == '/') url.pop_back();
  return url;
}

void SetWay(const Config& config, bool directly, milliseconds limit, Handle* handle) {
  CURL* easy = handle->easy;
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, handle->words);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
  curl_easy_setopt(easy, CURLOPT_CERTINFO, 1L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!config.proxy.empty()) {
    curl_easy_setopt(easy, CURLOPT_PROXY, config.proxy.c_str());
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");  // what is chosen here wins over no_proxy
  } else if (directly) {
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
  }
  if (!config.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, config.ca_file.c_str());
  if (!config.pinned_public_key.empty()) {
    curl_easy_setopt(easy, CURLOPT_PINNEDPUBLICKEY, config.pinned_public_key.c_str());
  }
}

void SetQuestion(const Config& config, const Question& question, Handle* handle) {
  CURL* easy = handle->easy;
  curl_easy_setopt(easy, CURLOPT_URL, (Base(config) + question.path).c_str());
  if (question.method == "POST") {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(question.body.size()));
    curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, question.body.c_str());
    handle->Add("Content-Type: application/json");
    handle->Add("Expect:");
  }
  handle->Add("Accept: application/json");
  handle->Add(std::string("User-Agent: embeddables-agent/") + embeddables::kVersion);
  if (!question.key.empty()) handle->Add("X-Api-Key: " + question.key);
  for (const auto& header : config.extra_headers) {
    handle->Add(header.first + ": " + header.second);
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, handle->headers);
}

Reached HowFar(CURLcode code, Handle* handle) {
  // With an answer to CONNECT other than 200 there is no tunnel.
  long connect = 0;
  curl_easy_getinfo(handle->easy, CURLINFO_HTTP_CONNECTCODE, &connect);
  if (code != CURLE_OK && connect >= 300) return Reached::kNoProxy;
  switch (code) {
    case CURLE_OK:
      return Reached::kReply;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return Reached::kNoName;
    case CURLE_PROXY:
      return Reached::kNoProxy;
    case CURLE_COULDNT_CONNECT:
      return Reached::kNoHost;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CIPHER:
      return Reached::kNoTls;
    default:
      break;
  }
  curl_off_t connected = 0;
  curl_easy_getinfo(handle->easy, CURLINFO_CONNECT_TIME_T, &connected);
  return connected > 0 ? Reached::kNoReply : Reached::kNoHost;
}

milliseconds Time(CURL* easy, CURLINFO which) {
  curl_off_t microseconds = 0;
  curl_easy_getinfo(easy, which, &microseconds);
  return milliseconds(microseconds / 1000);
}

// "Subject:CN = a" and the like, for each certificate.
std::vector<Certificate> Chain(CURL* easy) {
  curl_certinfo* info = nullptr;
  std::vector<Certificate> chain;
  if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &info) != CURLE_OK || info == nullptr) return {};
  for (int i = 0; i < info->num_of_certs; ++i) {
    Certificate certificate;
    const std::pair<std::string_view, std::string*> fields[] = {
        {"Subject:", &certificate.subject},
        {"Issuer:", &certificate.issuer},
        {"Start date:", &certificate.begins},
        {"Expire date:", &certificate.ends}};
    for (const curl_slist* line = info->certinfo[i]; line != nullptr; line = line->next) {
      const std::string_view text = line->data;
      for (const auto& [name, value] : fields) {
        if (text.substr(0, name.size()) == name) *value = std::string(text.substr(name.size()));
      }
    }
    chain.push_back(std::move(certificate));
  }
  return chain;
}

void ReadFacts(CURLcode code, Handle* handle, Reply* reply) {
  CURL* easy = handle->easy;
  reply->reached = HowFar(code, handle);
  // A body that is longer than is read is an answer all the same.
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  if (code == CURLE_WRITE_ERROR && status != 0) reply->reached = Reached::kReply;
  reply->proxy_name = code == CURLE_COULDNT_RESOLVE_PROXY;
  reply->words = handle->words[0] != '\0' ? handle->words : curl_easy_strerror(code);
  reply->status = static_cast<int>(status);
  const char *type = nullptr, *address = nullptr;
  curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &address);
  reply->type = type == nullptr ? "" : type;
  reply->address = address == nullptr ? "" : address;
  reply->lookup = Time(easy, CURLINFO_NAMELOOKUP_TIME_T);
  reply->total = Time(easy, CURLINFO_TOTAL_TIME_T);
  reply->came = std::time(nullptr);
  reply->chain = Chain(easy);
}

}  // namespace

Prober::Prober(const Config& config, bool directly, milliseconds limit)
    : config_(config), directly_(directly), limit_(limit) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
}

Reply Prober::Ask(const Question& question) const {
  Reply reply;
  Handle handle;
  if (handle.easy == nullptr) return reply;
  SetWay(config_, directly_, limit_, &handle);
  SetQuestion(config_, question, &handle);
  curl_easy_setopt(handle.easy, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(handle.easy, CURLOPT_WRITEDATA, &reply.body);
  curl_easy_setopt(handle.easy, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(handle.easy, CURLOPT_HEADERDATA, &reply.date);
  ReadFacts(curl_easy_perform(handle.easy), &handle, &reply);
  return reply;
}

std::vector<Certificate> Prober::Shown() const {
  Handle handle;
  if (handle.easy == nullptr) return {};
  SetWay(config_, directly_, limit_, &handle);
  curl_easy_setopt(handle.easy, CURLOPT_URL, Base(config_).c_str());
  curl_easy_setopt(handle.easy, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(handle.easy, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(handle.easy, CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(handle.easy, CURLOPT_PINNEDPUBLICKEY, nullptr);
  curl_easy_perform(handle.easy);
  return Chain(handle.easy);
}

std::string Prober::Escaped(const std::string& id) const {
  const std::unique_ptr<char, decltype(&curl_free)> escaped(
      curl_easy_escape(nullptr, id.c_str(), static_cast<int>(id.size())), curl_free);
  return escaped == nullptr ? id : std::string(escaped.get());
}

std::int64_t ReadDate(const std::string& text) {
  return text.empty() ? -1 : static_cast<std::int64_t>(curl_getdate(text.c_str(), nullptr));
}

}  // namespace cli
