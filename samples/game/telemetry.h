// All that the game has to do with the agent. The game calls one function for each thing that
// happens; without an agent they do nothing.

#ifndef EMBEDDABLES_SAMPLES_GAME_TELEMETRY_H_
#define EMBEDDABLES_SAMPLES_GAME_TELEMETRY_H_

#include <embeddables/agent.h>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>

namespace game {

class Telemetry {
 public:
  // While loading: it opens a file, and never waits for a network. False: the game goes on without.
  bool Start(const std::string& url, const std::string& store);
  ~Telemetry();

  void StarCaught(int level, int score);
  void StarMissed(int level);
  void LevelComplete(int level, int score, float seconds);
  // The time in these calls since the last frame.
  std::chrono::nanoseconds TakeCost();

  void PullPlug(bool pulled);
  bool plug_pulled() const { return pulled_; }
  bool running() const { return agent_ != nullptr; }
  std::uint64_t tracked() const { return tracked_; }
  embeddables::Stats GetStats() const { return agent_->GetStats(); }

 private:
  void Track(const char* name, std::initializer_list<embeddables::Prop> props);

  std::unique_ptr<embeddables::Agent> agent_;
  std::chrono::nanoseconds cost_{0};
  std::uint64_t tracked_ = 0;
  bool pulled_ = false;
};

}  // namespace game

#endif  // EMBEDDABLES_SAMPLES_GAME_TELEMETRY_H_
