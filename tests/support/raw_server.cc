#include "tests/support/raw_server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "tests/support/tcp.h"

namespace embeddables::test {
namespace {

// The prop "n" of the event in a request; -1 when there is none.
int NumberIn(const std::string& request) {
  const std::string key = R"(\"n\":)";
  const std::size_t at = request.find(key);
  return at == std::string::npos ? -1 : std::atoi(request.c_str() + at + key.size());
}

std::size_t ContentLength(const std::string& head) {
  const std::size_t at = head.find("Content-Length:");
  return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + 15, nullptr, 10);
}

}  // namespace

std::size_t RawConnection::Read(char* to, std::size_t most) {
  if (!buffer_.empty()) {
    const std::size_t size = buffer_.copy(to, most);
    buffer_.erase(0, size);
    return size;
  }
  return Receive(descriptor_, to, most);
}

bool RawConnection::ReadHead(std::string* head) {
  head->clear();
  std::string all;
  for (std::size_t end; (end = all.find("\r\n\r\n")) == std::string::npos;) {
    char piece[4096];
    const std::size_t size = Read(piece, sizeof piece);
    if (size == 0) return false;
    all.append(piece, size);
    end = all.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    *head = all.substr(0, end + 4);
    buffer_.insert(0, all.substr(end + 4));
    return true;
  }
  return false;
}

bool RawConnection::ReadRequest(std::string* request) {
  if (!ReadHead(request)) return false;
  const std::size_t whole = request->size() + ContentLength(*request);
  while (request->size() < whole) {
    char piece[4096];
    const std::size_t size = Read(piece, std::min(sizeof piece, whole - request->size()));
    if (size == 0) return false;
    request->append(piece, size);
  }
  server_->Count(&server_->seen_, *request);
  return true;
}

bool RawConnection::Send(std::string_view bytes) { return SendAll(descriptor_, bytes); }

bool RawConnection::Confirm(const std::string& request) {
  server_->Count(&server_->confirmed_, request);
  return Send(Confirmation());
}

void RawConnection::Reset() { ResetWhenClosed(descriptor_); }

void RawConnection::EndBoth() { EndBothWays(descriptor_); }

void RawConnection::WaitForClose() {
  char piece[4096];
  while (Read(piece, sizeof piece) > 0) continue;
}

bool RawConnection::stopping() const { return server_->stopping_; }

RawServer::RawServer(Script script, int receive_buffer) : script_(std::move(script)) {
  listener_ = ListenOnLoopback(&port_);
  EXPECT_GE(listener_, 0);
  if (receive_buffer != 0) SetReceiveBuffer(listener_, receive_buffer);
  acceptor_ = std::thread([this] { Accept(); });
}

RawServer::~RawServer() {
  stopping_ = true;
  EndAccepting(listener_);
  acceptor_.join();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const int descriptor : open_) EndBothWays(descriptor);
  }
  for (std::thread& thread : threads_) thread.join();
  CloseSocket(listener_);
}

void RawServer::SetScript(Script script) {
  const std::lock_guard<std::mutex> lock(mutex_);
  script_ = std::move(script);
  for (const int descriptor : open_) EndBothWays(descriptor);
}

void RawServer::Behave(RawConnection* connection) {
  std::string request;
  while (connection->ReadRequest(&request) && connection->Confirm(request)) continue;
}

void RawServer::Accept() {
  for (;;) {
    const int made = AcceptNext(listener_);
    if (made < 0 || stopping_) {
      if (made >= 0) CloseSocket(made);
      return;
    }
    const int number = connections_++;
    const std::lock_guard<std::mutex> lock(mutex_);
    open_.insert(made);
    threads_.emplace_back([this, made, number, script = script_] {
      RawConnection connection(this, made, number);
      script(&connection);
      const std::lock_guard<std::mutex> closing(mutex_);
      open_.erase(made);
      CloseSocket(made);
    });
  }
}

void RawServer::Count(std::map<int, int>* where, const std::string& request) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++(*where)[NumberIn(request)];
}

std::map<int, int> RawServer::seen() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return seen_;
}

std::map<int, int> RawServer::confirmed() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return confirmed_;
}

int RawServer::CountSeen() {
  int count = 0;
  for (const auto& each : seen()) count += each.second;
  return count;
}

std::string HttpAnswer(const std::string& status, const std::string& body,
                       const std::string& more_headers) {
  return "HTTP/1.1 " + status +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + more_headers + "\r\n" + body;
}

}  // namespace embeddables::test
