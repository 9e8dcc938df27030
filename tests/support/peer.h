// Another process on a store, which does what it is told (tests/hosts/peer_host.cc).

#ifndef EMBEDDABLES_TESTS_SUPPORT_PEER_H_
#define EMBEDDABLES_TESTS_SUPPORT_PEER_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace embeddables::test {

inline constexpr int kSpacing = 1'000'000;  // between the numbers of one peer and the next
inline constexpr int kOk = 0;

struct PeerStats {
  bool sender = false;
  std::uint64_t accepted = 0, delivered = 0, dropped = 0, pending = 0, requests = 0;
  bool balanced = false;
  std::string waiting_for;
};

class Peer {
 public:
  Peer(const std::string& store, const std::string& url, int number,
       const std::vector<std::string>& options) {
    std::vector<std::string> words = {Binary("peer_host"), store, url,
                                      std::to_string(number * kSpacing)};
    words.insert(words.end(), options.begin(), options.end());
    process_ = std::make_unique<Process>(words);
    EXPECT_EQ(process_->ReadLine(), "started");
  }

  void Tell(const std::string& line) { ASSERT_TRUE(process_->Write(line + "\n")); }
  std::string Answer() { return process_->ReadLine(); }
  // The number that it answers with.
  int Do(const std::string& line) {
    Tell(line);
    return std::atoi(Answer().c_str());
  }
  PeerStats GetStats() {
    Tell("stats");
    std::istringstream words(Answer());
    PeerStats stats;
    words >> stats.sender >> stats.accepted >> stats.delivered >> stats.dropped >> stats.pending >>
        stats.requests >> stats.balanced >> stats.waiting_for;
    return stats;
  }
  void Signal(int signal) { process_->Signal(signal); }
  // Linux: each of its threads waits for something.
  bool Sleeps() const {
    const std::string threads = "/proc/" + std::to_string(process_->id()) + "/task";
    for (const auto& thread : std::filesystem::directory_iterator(threads)) {
      std::string facts;
      std::getline(std::ifstream(thread.path() / "stat"), facts);
      if (facts.compare(facts.rfind(')') + 1, 3, " S ") != 0) return false;
    }
    return true;
  }
  void Kill() {
    process_->Kill();
    process_->Wait();
  }
  // Ends in order.
  void End() {
    EXPECT_EQ(Do("end 10000"), kOk);
    EXPECT_EQ(process_->Wait(), 0);
  }

 private:
  std::unique_ptr<Process> process_;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_PEER_H_
