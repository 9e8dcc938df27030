#include "agent/send/transfer.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>

namespace embeddables {
namespace {

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && std::strchr(" \t\r\n", text.back()) != nullptr) text.remove_suffix(1);
  return text;
}

// The value of the header in this line; empty: there is none, or it is another header's.
std::string_view ValueOf(std::string_view name, std::string_view line) {
  if (line.size() <= name.size() || line[name.size()] != ':' ||
      curl_strnequal(line.data(), name.data(), name.size()) == 0) {
    return {};
  }
  return Trim(line.substr(name.size() + 1));
}

void KeepHeader(std::string_view line, std::string_view name, std::string* value) {
  const std::string_view found = ValueOf(name, line);
  if (!found.empty()) *value = std::string(found.substr(0, kMaxHeaderValue));
}

// The result with which a callback makes libcurl end a transfer.
std::size_t EndUnreadable(Transfer* transfer) {
  transfer->response.unreadable = true;
  return 0;
}

// A confirmed event needs no more of the answer, whose end may never come. The rest is read while
// it comes without a longer pause, since only then can the connection be used again.
void Confirm(Transfer* transfer) {
  constexpr std::int64_t kPauseMs = 250, kForTheRestMs = 2000;
  long status = 0;
  curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
  if (status / 100 != 2) return;
  const std::int64_t now = TransferNowMs();
  if (!std::exchange(transfer->confirmed, true)) {
    transfer->rest_ends_at_ms = std::min(transfer->ends_at_ms, now + kForTheRestMs);
  }
  transfer->ends_at_ms = std::min(transfer->rest_ends_at_ms, now + kPauseMs);
}

std::size_t OnBody(char* data, std::size_t, std::size_t size, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  transfer->response.TakeBody({data, size});
  if (transfer->response.scanner.found()) Confirm(transfer);
  transfer->received += size;
  return transfer->received > transfer->most_to_read ? EndUnreadable(transfer) : size;
}

// Only for a body that is decoded: one that decodes to nothing never reaches OnBody.
int OnProgress(void* user, curl_off_t, curl_off_t received, curl_off_t, curl_off_t) {
  auto* transfer = static_cast<Transfer*>(user);
  if (received <= static_cast<curl_off_t>(transfer->most_to_read)) return 0;
  EndUnreadable(transfer);
  return 1;
}

// Several codings on top of each other multiply what a few bytes can unpack to before any of it is
// seen, so only one is decoded. libcurl 7.88 decodes those of the transfer, too, unasked.
bool MayDecode(Transfer* transfer, std::string_view line) {
  constexpr std::string_view kChunked = "chunked";
  for (const char* name : {"content-encoding", "transfer-encoding"}) {
    const std::string_view codings = ValueOf(name, line);
    if (codings.empty()) continue;
    const char* end = codings.data() + codings.size();
    transfer->codings += 1 + static_cast<unsigned>(std::count(codings.data(), end, ','));
    // Chunks unpack nothing. The name stands before the value, so there is room to look back.
    if (curl_strnequal(end - kChunked.size(), kChunked.data(), kChunked.size()) != 0) {
      --transfer->codings;
    }
    if (transfer->codings > 0) curl_easy_setopt(transfer->easy, CURLOPT_NOPROGRESS, 0L);
  }
  return transfer->codings <= 1 || !Trim(line).empty();  // the body follows an empty line
}

std::size_t OnHeader(char* data, std::size_t, std::size_t size, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  // libcurl keeps headers without any bound of its own before 8.4 (CVE-2023-38039).
  transfer->head_received += size;
  if (transfer->head_received > kMaxResponseHead) return 0;  // ends the transfer
  Response& response = transfer->response;
  const std::string_view line(data, size);
  // A new status line: the lines before belonged to a 1xx or to a proxy's answer to CONNECT.
  if (line.substr(0, 5) == "HTTP/") {
    response.date.clear();
    response.retry_after.clear();
    transfer->codings = 0;
  }
  KeepHeader(line, "date", &response.date);
  KeepHeader(line, "retry-after", &response.retry_after);
  return MayDecode(transfer, line) ? size : EndUnreadable(transfer);
}

}  // namespace

std::int64_t TransferNowMs() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

Transfer::~Transfer() {
  curl_easy_cleanup(easy);
  curl_slist_free_all(headers);
}

void Transfer::Listen() {
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, this);
}

bool Transfer::WasSent() const {
  curl_off_t sending_since = 0;
  curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &sending_since);
  return sending_since > 0;
}

std::uint64_t Transfer::BytesMoved() const {
  curl_off_t sent = 0;
  curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &sent);
  return static_cast<std::uint64_t>(sent) + received + head_received;
}

}  // namespace embeddables
