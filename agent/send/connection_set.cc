#include "agent/send/connection_set.h"

#include <cstddef>
#include <cstdint>

#include "platform/socket.h"

namespace embeddables {

std::unique_ptr<ConnectionSet> ConnectionSet::Make(std::uint32_t number, std::size_t most,
                                                   bool http1_only) {
  CURLM* multi = curl_multi_init();
  if (multi == nullptr) return nullptr;
  // Keeps the number of idle connections low.
  const long connections = static_cast<long>(most);
  curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections);
  curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, connections);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, connections);
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
  return std::unique_ptr<ConnectionSet>(new ConnectionSet(number, multi, http1_only));
}

ConnectionSet::~ConnectionSet() { curl_multi_cleanup(multi_); }

void ConnectionSet::Adopt(CURL* easy) {
  // Without these callbacks libcurl's sockets would stay open in programs that the host starts.
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &ConnectionSet::OnOpen);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &ConnectionSet::OnClose);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                   static_cast<long>(http1_only_ ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
}

bool ConnectionSet::Add(CURL* easy) {
  if (curl_multi_add_handle(multi_, easy) != CURLM_OK) return false;
  ++active_;
  return true;
}

bool ConnectionSet::AddAgain(CURL* easy) {
  curl_multi_remove_handle(multi_, easy);
  return curl_multi_add_handle(multi_, easy) == CURLM_OK;
}

void ConnectionSet::Remove(CURL* easy) {
  curl_multi_remove_handle(multi_, easy);
  --active_;
}

curl_socket_t ConnectionSet::OnOpen(void* user, curlsocktype, curl_sockaddr* address) {
  ConnectionSet& self = *static_cast<ConnectionSet*>(user);
  self.ForgetClosed();
  const Waitable made = OpenSocket(address->family, address->socktype, address->protocol);
  if (made.ok()) self.sockets_.push_back(made);
  return static_cast<curl_socket_t>(made.native());
}

int ConnectionSet::OnClose(void*, curl_socket_t socket) {
  return CloseSocket(Waitable(static_cast<std::intptr_t>(socket)));
}

void ConnectionSet::ForgetClosed() {
  std::size_t open = 0;
  for (const Waitable each : sockets_) {
    if (IsOpenSocket(each)) sockets_[open++] = each;
  }
  sockets_.resize(open);
}

const std::vector<Waitable>& ConnectionSet::sockets() {
  ForgetClosed();
  return sockets_;
}

}  // namespace embeddables
