#include "agent/transport.h"

#include <curl/curl.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <mutex>
#include <utility>

#include "agent/connection_set.h"
#include "agent/curl_error.h"
#include "agent/http_date.h"
#include "agent/utf8.h"
#include "platform/environment.h"
#include "platform/socket.h"

namespace embeddables {
namespace {

constexpr std::size_t kMaxHeaderValue = 128;

// curl_global_init is not thread-safe on every build and must have an end only with the process:
// the host may use libcurl itself. This is the process registry's one entry.
std::once_flag curl_once;
CURLcode curl_ready = CURLE_FAILED_INIT;

bool InitCurlOnce() {
  std::call_once(curl_once, [] { curl_ready = curl_global_init(CURL_GLOBAL_DEFAULT); });
  return curl_ready == CURLE_OK;
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && curl_strnequal(a.data(), b.data(), a.size()) != 0;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && std::strchr(" \t\r\n", text.back()) != nullptr) text.remove_suffix(1);
  return text;
}

// One request under way, and the easy handle that is used again for the next.
struct Transfer {
  CURL* easy = nullptr;
  std::size_t place = 0;  // among those under way
  std::uint64_t tag = 0;
  // As libcurl was told, so that it is told only what is new.
  curl_slist* headers = nullptr;
  std::vector<std::string> header_lines;
  std::string url;
  std::string body;
  bool head = false;
  ConnectionSet* set = nullptr;  // while it is under way
  std::uint32_t adopted_by = 0;
  std::size_t received = 0;      // of the body, decoded
  std::size_t most_to_read = 0;  // of it, and of what comes for it over the wire
  std::size_t head_received = 0;
  unsigned codings = 0;  // of the content
  Response response;
  char error[CURL_ERROR_SIZE] = {};

  ~Transfer() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
  }
};

void KeepHeader(std::string_view line, std::string_view name, std::string* value) {
  if (line.size() <= name.size() || line[name.size()] != ':' ||
      !EqualsIgnoringCase(line.substr(0, name.size()), name)) {
    return;
  }
  *value = std::string(Trim(line.substr(name.size() + 1)).substr(0, kMaxHeaderValue));
}

// What libcurl's callbacks return to end a transfer.
std::size_t EndUnreadable(Transfer* transfer) {
  transfer->response.unreadable = true;
  return 0;
}

std::size_t OnBody(char* data, std::size_t, std::size_t size, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  transfer->response.TakeBody({data, size});
  transfer->received += size;
  return transfer->received > transfer->most_to_read ? EndUnreadable(transfer) : size;
}

// Only of a body that is decoded: one that decodes to nothing never reaches OnBody.
int OnProgress(void* user, curl_off_t, curl_off_t received, curl_off_t, curl_off_t) {
  auto* transfer = static_cast<Transfer*>(user);
  if (received <= static_cast<curl_off_t>(transfer->most_to_read)) return 0;
  EndUnreadable(transfer);
  return 1;
}

// One coding after another multiplies what few bytes can unpack to before any of it is seen, so
// more than one is not decoded.
bool MayDecode(Transfer* transfer, std::string_view line) {
  std::string codings;
  KeepHeader(line, "content-encoding", &codings);
  if (!codings.empty()) {
    transfer->codings += 1 + static_cast<unsigned>(std::count(codings.begin(), codings.end(), ','));
    curl_easy_setopt(transfer->easy, CURLOPT_NOPROGRESS, 0L);
  }
  return transfer->codings <= 1 || !Trim(line).empty();  // behind an empty line comes the body
}

std::size_t OnHeader(char* data, std::size_t, std::size_t size, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  // libcurl keeps headers without any bound of its own before 8.4 (CVE-2023-38039).
  transfer->head_received += size;
  if (transfer->head_received > kMaxResponseHead) return 0;  // ends the transfer
  Response& response = transfer->response;
  const std::string_view line(data, size);
  // A new status line: what came before was a 1xx or a proxy's answer to CONNECT.
  if (line.substr(0, 5) == "HTTP/") {
    response.date.clear();
    response.retry_after.clear();
    transfer->codings = 0;
  }
  KeepHeader(line, "date", &response.date);
  KeepHeader(line, "retry-after", &response.retry_after);
  return MayDecode(transfer, line) ? size : EndUnreadable(transfer);
}

// It had a connection to go over, and may have arrived.
bool WasSent(const Transfer* transfer) {
  curl_off_t sending_since = 0;
  curl_easy_getinfo(transfer->easy, CURLINFO_PRETRANSFER_TIME_T, &sending_since);
  return sending_since > 0;
}

class CurlTransport final : public Transport {
 public:
  CurlTransport(const Config& config, std::string no_proxy)
      : config_(config), no_proxy_(std::move(no_proxy)) {}
  ~CurlTransport() override {
    CancelAll();
    Renew();
  }

  bool Begin(std::uint64_t tag, const Request& request, bool fresh_connection) override;
  void Push() override;
  void TakeCompleted(std::vector<Completion>* completed) override;
  bool Wait(std::chrono::milliseconds timeout, const std::vector<int>& descriptors) override;
  void CancelAll() override;
  void CancelUnsent(std::vector<std::uint64_t>* tags) override;
  void Renew() override;
  std::size_t in_flight() const override { return active_.size(); }
  TransportCounters counters() const override { return counters_; }

 private:
  bool ChooseSet(bool http1_only, bool fresh);
  void CloseLeftSets();
  std::unique_ptr<Transfer> Prepare();
  bool Describe(Transfer* transfer, const Request& request);
  std::unique_ptr<Transfer> TakeOut(Transfer* transfer);
  void TakeEnded(ConnectionSet* set, std::vector<Completion>* completed);
  void Move();
  bool WatchLeftSets(long* ms);
  bool SetConstants(Transfer* transfer);
  void SetSecurity(CURL* easy);
  void CountConnections(CURL* easy);
  void Finish(Transfer* transfer, CURLcode code);

  const Config& config_;
  const std::string no_proxy_;
  // By generation, the present one last; only while there may be connections, for a set has
  // descriptors of its own.
  std::vector<std::unique_ptr<ConnectionSet>> sets_;
  std::uint32_t sets_made_ = 0;
  std::vector<std::unique_ptr<Transfer>> active_;
  std::vector<std::unique_ptr<Transfer>> idle_;
  std::vector<curl_waitfd> watched_;  // kept for its memory
  bool begun_ = false;                // a transfer, since libcurl last moved them
  bool ended_ = false;                // one, and was not taken yet
  TransportCounters counters_;
};

// The set that a request goes over: the last one, or one of the next generation.
bool CurlTransport::ChooseSet(bool http1_only, bool fresh) {
  if (!sets_.empty() && !fresh && sets_.back()->http1_only() == http1_only) return true;
  auto set = ConnectionSet::Make(++sets_made_, config_.max_in_flight, http1_only);
  if (set == nullptr) return false;
  sets_.push_back(std::move(set));
  CloseLeftSets();
  return true;
}

// Those of former generations, when what was under way there has ended.
void CurlTransport::CloseLeftSets() {
  const auto over = [this](const auto& set) { return set != sets_.back() && set->active() == 0; };
  sets_.erase(std::remove_if(sets_.begin(), sets_.end(), over), sets_.end());
}

std::unique_ptr<Transfer> CurlTransport::Prepare() {
  if (!idle_.empty()) {
    std::unique_ptr<Transfer> transfer = std::move(idle_.back());
    idle_.pop_back();
    return transfer;
  }
  auto transfer = std::make_unique<Transfer>();
  transfer->easy = curl_easy_init();
  if (transfer->easy == nullptr || !SetConstants(transfer.get())) return nullptr;
  return transfer;
}

bool CurlTransport::SetConstants(Transfer* transfer) {
  CURL* easy = transfer->easy;
  curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, transfer);
  // Decodes whatever libcurl can; Describe takes the header back that would ask for it.
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);  // the host's SIGALRM and SIGPIPE are not ours
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);  // a redirect could carry the key elsewhere
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 4L * 1024);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(config_.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(config_.request_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  // Without it, removing a transfer waits for a resolver thread that a dead DNS server holds up.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  // Both are said even if they are empty: what is not said libcurl looks up in the environment.
  curl_easy_setopt(easy, CURLOPT_PROXY, config_.proxy.c_str());
  curl_easy_setopt(easy, CURLOPT_NOPROXY, no_proxy_.c_str());
  SetSecurity(easy);
  return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
}

void CurlTransport::SetSecurity(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!config_.pinned_public_key.empty()) {
    curl_easy_setopt(easy, CURLOPT_PINNEDPUBLICKEY, config_.pinned_public_key.c_str());
  }
  if (!config_.ca_pem.empty()) {
    curl_blob blob{};
    blob.data = const_cast<char*>(config_.ca_pem.data());
    blob.len = config_.ca_pem.size();
    blob.flags = CURL_BLOB_NOCOPY;  // the config outlives the transport
    curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
  } else if (!config_.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, config_.ca_file.c_str());
  }
}

// Only what differs from the transfer's last request: most differ in nothing but the body.
bool CurlTransport::Describe(Transfer* transfer, const Request& request) {
  CURL* easy = transfer->easy;
  if (transfer->headers == nullptr || transfer->header_lines != request.headers) {
    // Small bodies gain nothing from 100-continue, and lose a second where it is not understood.
    curl_slist* lines = curl_slist_append(nullptr, "Expect:");
    lines = curl_slist_append(lines, "Accept-Encoding:");
    curl_slist_free_all(transfer->headers);
    transfer->headers = lines;
    transfer->header_lines.clear();
    for (const std::string& line : request.headers) {
      curl_slist* longer = curl_slist_append(transfer->headers, line.c_str());
      if (longer == nullptr) return false;
      transfer->headers = longer;
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    transfer->header_lines = request.headers;
  }
  if (transfer->head != request.head) {
    // In this order: taking NOBODY back makes a GET of it.
    curl_easy_setopt(easy, CURLOPT_NOBODY, request.head ? 1L : 0L);
    if (!request.head) curl_easy_setopt(easy, CURLOPT_POST, 1L);
    transfer->head = request.head;
  }
  transfer->body = request.body;
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer->body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  if (transfer->url == request.url) return true;
  transfer->url = request.url;
  return curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str()) == CURLE_OK;
}

bool CurlTransport::Begin(std::uint64_t tag, const Request& request, bool fresh_connection) {
  if (!ChooseSet(request.http1_only, fresh_connection)) return false;
  ConnectionSet* set = sets_.back().get();
  std::unique_ptr<Transfer> transfer = Prepare();
  if (transfer == nullptr || !Describe(transfer.get(), request)) return false;
  transfer->tag = tag;
  transfer->received = transfer->head_received = 0;
  transfer->most_to_read = MaxResponseTotal(request);
  if (std::exchange(transfer->codings, 0u) > 0) {
    curl_easy_setopt(transfer->easy, CURLOPT_NOPROGRESS, 1L);
  }
  transfer->response = Response();
  transfer->error[0] = '\0';
  if (transfer->adopted_by != set->number()) {
    set->Adopt(transfer->easy);
    transfer->adopted_by = set->number();
  }
  if (!set->Add(transfer->easy)) return false;
  transfer->set = set;
  transfer->place = active_.size();
  active_.push_back(std::move(transfer));
  begun_ = true;
  ++counters_.requests;
  return true;
}

std::unique_ptr<Transfer> CurlTransport::TakeOut(Transfer* transfer) {
  transfer->set->Remove(transfer->easy);
  std::swap(active_[transfer->place], active_.back());
  active_[transfer->place]->place = transfer->place;
  std::unique_ptr<Transfer> taken = std::move(active_.back());
  active_.pop_back();
  return taken;
}

void CurlTransport::Move() {
  std::size_t all_running = 0;
  for (const auto& set : sets_) {
    int running = 0;
    curl_multi_perform(set->multi(), &running);
    all_running += static_cast<std::size_t>(running);
  }
  begun_ = false;
  ended_ = all_running < active_.size();
}

void CurlTransport::Push() {
  if (begun_) Move();
}

void CurlTransport::TakeCompleted(std::vector<Completion>* completed) {
  Move();
  for (const auto& set : sets_) TakeEnded(set.get(), completed);
  CloseLeftSets();
  ended_ = false;
}

void CurlTransport::TakeEnded(ConnectionSet* set, std::vector<Completion>* completed) {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(set->multi(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    Transfer* ended = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &ended);
    Finish(ended, code);
    std::unique_ptr<Transfer> transfer = TakeOut(ended);
    completed->push_back({transfer->tag, std::move(transfer->response)});
    idle_.push_back(std::move(transfer));
  }
}

void CurlTransport::CountConnections(CURL* easy) {
  long opened = 0;
  curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &opened);
  counters_.connections += static_cast<std::uint64_t>(opened);
}

void CurlTransport::Finish(Transfer* transfer, CURLcode code) {
  Response& response = transfer->response;
  long status = 0;
  const char* scheme = nullptr;
  curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(transfer->easy, CURLINFO_SCHEME, &scheme);
  CountConnections(transfer->easy);
  response.status = static_cast<int>(status);
  response.connected = WasSent(transfer);
  response.unreadable = response.unreadable || code == CURLE_BAD_CONTENT_ENCODING;
  response.error = response.unreadable ? NetworkError::kNone : ErrorOf(code);
  // Verification is never off, so an answer over https came from a verified server.
  response.tls_verified =
      response.error == NetworkError::kNone && scheme != nullptr && curl_strequal(scheme, "https");
  if (code == CURLE_OK) return;
  if (response.unreadable && code != CURLE_BAD_CONTENT_ENCODING) {
    response.error_text = "it is longer than an answer can be, or compressed more than once";
    return;
  }
  response.error_text =
      Printable(transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(code), 200);
}

bool CurlTransport::Wait(std::chrono::milliseconds timeout, const std::vector<int>& descriptors) {
  if (sets_.empty()) return WaitReadable(descriptors, timeout);
  if (ended_) return true;
  watched_.clear();
  for (const int descriptor : descriptors) watched_.push_back({descriptor, CURL_WAIT_POLLIN, 0});
  long ms = timeout.count() < 0
                ? INT_MAX
                : static_cast<long>(std::min<std::int64_t>(timeout.count(), INT_MAX));
  bool due = WatchLeftSets(&ms);
  int ready = 0;
  CURLM* present = sets_.back()->multi();
  curl_multi_poll(present, watched_.data(), static_cast<unsigned int>(watched_.size()),
                  static_cast<int>(ms), &ready);
  long own_timer = -1;
  curl_multi_timeout(present, &own_timer);
  due = due || own_timer == 0;
  return ready > 0 || (due && !active_.empty());
}

// libcurl waits for one multi handle at a time. Of the others' sockets it is told to look for what
// can be read; what is still being written there is in no hurry. True: one has something to do.
bool CurlTransport::WatchLeftSets(long* ms) {
  constexpr long kLookMs = 100;
  bool due = false;
  for (const auto& set : sets_) {
    if (set == sets_.back()) break;
    for (const int socket : set->sockets()) watched_.push_back({socket, CURL_WAIT_POLLIN, 0});
    long timer = -1;
    curl_multi_timeout(set->multi(), &timer);
    *ms = std::min(*ms, timer < 0 ? kLookMs : std::min(timer, kLookMs));
    due = due || timer == 0;
  }
  return due;
}

void CurlTransport::CancelAll() {
  while (!active_.empty()) {
    CountConnections(active_.back()->easy);
    TakeOut(active_.back().get());
  }
  ended_ = false;
}

void CurlTransport::CancelUnsent(std::vector<std::uint64_t>* tags) {
  // A handle that is used again shows its last times until it has been moved on.
  Move();
  for (std::size_t i = active_.size(); i-- > 0;) {
    Transfer* transfer = active_[i].get();
    if (WasSent(transfer)) continue;
    CountConnections(transfer->easy);
    tags->push_back(transfer->tag);
    TakeOut(transfer);
  }
}

// libcurl has no call that closes the idle connections of a multi handle.
void CurlTransport::Renew() {
  if (!active_.empty()) return;
  idle_.clear();  // they hold buffers
  sets_.clear();
}

}  // namespace

void Response::TakeBody(std::string_view piece) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  scanner.Read(piece);
  body.append(piece.substr(0, kMaxResponseBody - body.size()));
  if (body.size() >= kByteOrderMark.size() && body.compare(0, 3, kByteOrderMark) == 0) {
    body.erase(0, kByteOrderMark.size());
  }
}

std::int64_t ParseHttpDate(const std::string& text) {
  return static_cast<std::int64_t>(curl_getdate(text.c_str(), nullptr));
}

std::unique_ptr<Transport> MakeCurlTransport(const Config& config, const std::string& no_proxy,
                                             Status* status) {
  if (!InitCurlOnce()) {
    *status = Status(StatusCode::kOutOfMemory, "libcurl could not be initialised");
    return nullptr;
  }
  SettleTimeZone();
  return std::make_unique<CurlTransport>(config, no_proxy);
}

}  // namespace embeddables
