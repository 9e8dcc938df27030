// A TCP server that does to each connection exactly what the test says, byte by byte.

#ifndef EMBEDDABLES_TESTS_SUPPORT_RAW_SERVER_H_
#define EMBEDDABLES_TESTS_SUPPORT_RAW_SERVER_H_

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace embeddables::test {

class RawServer;

class RawConnection {
 public:
  RawConnection(RawServer* server, int descriptor, int number)
      : server_(server), descriptor_(descriptor), number_(number) {}
  int number() const { return number_; }  // from 0, in the order of their coming
  // A whole request, head and body; false when the peer has closed. Its event counts as seen.
  bool ReadRequest(std::string* request);
  bool ReadHead(std::string* head);
  // Up to `most` bytes; 0 when the peer has closed.
  std::size_t Read(char* to, std::size_t most);
  // False when the peer is gone.
  bool Send(std::string_view bytes);
  // Confirms an event; counted.
  bool Confirm(const std::string& request);
  void Reset();    // ends with RST
  void EndBoth();  // whoever reads or writes it comes back
  int descriptor() const { return descriptor_; }
  void WaitForClose();  // reads and throws away
  bool stopping() const;

 private:
  RawServer* server_;
  int descriptor_;
  int number_;
  std::string buffer_;
};

// One thread a connection runs the script; the connection ends with it.
class RawServer {
 public:
  using Script = std::function<void(RawConnection*)>;
  // `receive_buffer`: of each socket, in bytes; 0: the system's default.
  explicit RawServer(Script script, int receive_buffer = 0);
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  // For connections from now on; those there are end.
  void SetScript(Script script);
  // Confirms everything.
  static void Behave(RawConnection* connection);

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int port() const { return port_; }
  int connections() const { return connections_; }
  // How often each event (by its prop "n") was read whole, and confirmed.
  std::map<int, int> seen();
  std::map<int, int> confirmed();
  int CountSeen();
  // For a server that reads requests by itself.
  void CountConfirmed(const std::string& request) { Count(&confirmed_, request); }

 private:
  friend class RawConnection;
  void Accept();
  void Count(std::map<int, int>* where, const std::string& request);

  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  std::mutex mutex_;
  Script script_;       // guarded by mutex_, like the rest
  std::set<int> open_;  // sockets
  std::vector<std::thread> threads_;
  std::map<int, int> seen_, confirmed_;
  std::thread acceptor_;
};

// A response with its length.
std::string HttpAnswer(const std::string& status, const std::string& body,
                       const std::string& more_headers = "");
inline std::string Confirmation() { return HttpAnswer("200 OK", R"({"entry_id":"entry_1"})"); }

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_RAW_SERVER_H_
