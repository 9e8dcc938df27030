// The game itself: stars fall, and whoever stands below one catches it. It knows nothing of
// telemetry or of a screen.

#ifndef EMBEDDABLES_SAMPLES_GAME_STARS_H_
#define EMBEDDABLES_SAMPLES_GAME_STARS_H_

#include <cstdint>
#include <vector>

namespace game {

constexpr float kWidth = 640;
constexpr float kHeight = 480;
constexpr float kBasket = 90;

struct Star {
  float x = 0;
  float y = 0;
};

// What happened in one step.
struct Happened {
  int caught = 0;
  int missed = 0;
  bool level_done = false;
};

class Stars {
 public:
  // `toward`: -1 left, 1 right.
  Happened Step(float seconds, float toward);
  // Where somebody who plays well would go.
  float Best() const;

  const std::vector<Star>& stars() const { return stars_; }
  float basket() const { return basket_; }
  int level() const { return level_; }
  int score() const { return score_; }
  float level_seconds() const { return level_seconds_; }

 private:
  float Random();

  std::vector<Star> stars_;
  float basket_ = kWidth / 2;
  float until_next_ = 0;
  float level_seconds_ = 0;
  int level_ = 1;
  int score_ = 0;
  int caught_in_level_ = 0;
  std::uint32_t random_ = 12345;
};

}  // namespace game

#endif  // EMBEDDABLES_SAMPLES_GAME_STARS_H_
