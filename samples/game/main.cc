// A small game with telemetry, to start from: a loop at 144 Hz, an event for each thing that
// happens, and an overlay that shows what telemetry costs and where the events are.
//
//   game [--url URL] [--store FILE] [--frames N] [--plays-itself] [--unpaced] [--without-agent]
//        [--compare] [--crash-at FRAME] [--press KEY@FRAME]... [--picture FILE]
//
// --press: as a person does, for instance n@100. --compare: the first half of the frames without an
// agent, the second with one.

#include <SDL.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "overlay.h"
#include "stars.h"
#include "telemetry.h"

namespace game {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration;
using std::chrono::nanoseconds;

constexpr nanoseconds kFrame(1'000'000'000 / 144);

struct Options {
  std::string url = "http://127.0.0.1:8080";
  std::string store = "game-events.db";
  std::string picture;
  std::uint64_t frames = 0;  // 0: until somebody ends it
  std::uint64_t crash_at = 0;
  std::vector<std::pair<SDL_Keycode, std::uint64_t>> presses;  // and in which frame
  bool plays_itself = false;
  bool unpaced = false;
  bool without_agent = false;
  bool compare = false;
};

bool ReadFlag(const std::string& word, Options* options) {
  if (word == "--plays-itself") return options->plays_itself = true;
  if (word == "--without-agent") return options->without_agent = true;
  if (word == "--unpaced") return options->unpaced = true;
  if (word == "--compare") return options->compare = true;
  return false;
}

bool ReadPress(const std::string& text, Options* options) {
  const std::size_t at = text.find('@');
  if (at == std::string::npos) return false;
  const SDL_Keycode key = SDL_GetKeyFromName(text.substr(0, at).c_str());
  options->presses.emplace_back(key, std::strtoull(text.c_str() + at + 1, nullptr, 10));
  return key != SDLK_UNKNOWN;
}

bool ReadValue(const std::string& word, const char* value, Options* options) {
  if (word == "--url") {
    options->url = value;
  } else if (word == "--store") {
    options->store = value;
  } else if (word == "--picture") {
    options->picture = value;
  } else if (word == "--frames") {
    options->frames = std::strtoull(value, nullptr, 10);
  } else if (word == "--press") {
    return ReadPress(value, options);
  } else if (word == "--crash-at") {
    options->crash_at = std::strtoull(value, nullptr, 10);
  } else {
    return false;
  }
  return true;
}

bool Read(int count, char** words, Options* options) {
  for (int i = 1; i < count; ++i) {
    if (ReadFlag(words[i], options)) continue;
    if (++i == count || !ReadValue(words[i - 1], words[i], options)) return false;
  }
  return true;
}

// Times of frames, without the wait for the next.
class Times {
 public:
  void Add(nanoseconds time) { all_.push_back(time.count()); }
  void Print(const char* what) {
    if (all_.empty()) return;
    std::sort(all_.begin(), all_.end());
    std::printf("%s: frames=%zu p50_us=%.1f p99.9_us=%.1f most_us=%.1f\n", what, all_.size(),
                At(0.5), At(0.999), At(1));
  }

 private:
  double At(double part) const {
    const double place = part * static_cast<double>(all_.size() - 1);
    return static_cast<double>(all_[static_cast<std::size_t>(place)]) / 1000;
  }
  std::vector<nanoseconds::rep> all_;
};

class Game {
 public:
  Game(const Options& options, SDL_Renderer* renderer)
      : options_(options), renderer_(renderer), overlay_(renderer) {}

  void Run() {
    Clock::time_point next = Clock::now();
    while (!over_ && (options_.frames == 0 || frame_ < options_.frames)) {
      if (!options_.without_agent && frame_ == (options_.compare ? options_.frames / 2 : 0)) {
        telemetry_.Start(options_.url, options_.store);
      }
      const auto since = Clock::now();
      Frame();
      const nanoseconds took = Clock::now() - since;
      (telemetry_.running() ? with_ : without_).Add(took);
      ++frame_;
      if (options_.crash_at == frame_) Crash();
      if (options_.unpaced) continue;
      // A late frame is not made up for.
      next = std::max(next + kFrame, Clock::now());
      SDL_Delay(Milliseconds(next - Clock::now()));
    }
    if (!options_.picture.empty()) Save();
    without_.Print("without the agent");
    with_.Print("with the agent");
    Report();
  }

 private:
  static std::uint32_t Milliseconds(nanoseconds left) {
    return static_cast<std::uint32_t>(std::max<nanoseconds::rep>(0, left.count() / 1'000'000));
  }

  void Frame() {
    Press();
    Listen();
    const float toward = options_.plays_itself ? stars_.Best() : toward_;
    const int level = stars_.level();
    const float seconds = stars_.level_seconds();
    const Happened happened = stars_.Step(duration<float>(kFrame).count(), toward);
    for (int i = 0; i < happened.caught; ++i) telemetry_.StarCaught(level, stars_.score());
    for (int i = 0; i < happened.missed; ++i) telemetry_.StarMissed(level);
    if (happened.level_done) telemetry_.LevelComplete(level, stars_.score(), seconds);
    cost_.push_back(telemetry_.TakeCost());
    if (frame_ % 36 == 0) Tell();
    Draw();
  }

  void Press() const {
    for (const auto& [key, frame] : options_.presses) {
      if (frame != frame_) continue;
      SDL_Event event{};
      event.type = SDL_KEYDOWN;
      event.key.keysym.sym = key;
      SDL_PushEvent(&event);
    }
  }

  void Listen() {
    for (SDL_Event event; SDL_PollEvent(&event) != 0;) {
      if (event.type == SDL_QUIT) over_ = true;
      if (event.type != SDL_KEYDOWN && event.type != SDL_KEYUP) continue;
      const bool down = event.type == SDL_KEYDOWN;
      switch (event.key.keysym.sym) {
        case SDLK_LEFT:
          toward_ = down ? -1.0f : 0.0f;
          break;
        case SDLK_RIGHT:
          toward_ = down ? 1.0f : 0.0f;
          break;
        case SDLK_n:
          if (down) telemetry_.PullPlug(!telemetry_.plug_pulled());
          break;
        case SDLK_c:
          if (down) Crash();
          break;
        case SDLK_ESCAPE:
          over_ = true;
          break;
        default:
          break;
      }
    }
  }

  // What was tracked is kept: the next start sends it.
  void Crash() {
    Report();
    std::fflush(stdout);
    std::raise(SIGSEGV);
  }

  void Tell() {
    nanoseconds sum{0};
    nanoseconds most{0};
    for (const nanoseconds each : cost_) {
      sum += each;
      most = std::max(most, each);
    }
    char line[200];
    std::vector<std::string> lines;
    std::snprintf(line, sizeof line, "level %d  score %d   Track: %.2f us a frame, most %.1f us",
                  stars_.level(), stars_.score(),
                  static_cast<double>(sum.count()) / 1000 / static_cast<double>(cost_.size()),
                  static_cast<double>(most.count()) / 1000);
    lines.emplace_back(line);
    cost_.clear();
    // As many lines without an agent: what is drawn costs more than what is tracked.
    const embeddables::Stats stats =
        telemetry_.running() ? telemetry_.GetStats() : embeddables::Stats();
    std::snprintf(line, sizeof line,
                  "tracked %llu  delivered %llu  pending %llu  in flight %llu  queue full %llu",
                  Number(telemetry_.tracked()), Number(stats.ledger.delivered),
                  Number(stats.ledger.pending), Number(stats.in_flight), Number(stats.queue_full));
    lines.emplace_back(line);
    std::snprintf(line, sizeof line, "network: %s   waits for: %s %.60s",
                  telemetry_.plug_pulled() ? "pulled" : "on", embeddables::Name(stats.waiting_for),
                  stats.reason.words);
    lines.emplace_back(line);
    lines.emplace_back("left, right: move   N: network   C: crash   Esc: end");
    overlay_.Set(lines);
  }

  void Draw() {
    SDL_SetRenderDrawColor(renderer_, 18, 20, 40, 255);
    SDL_RenderClear(renderer_);
    SDL_SetRenderDrawColor(renderer_, 255, 220, 90, 255);
    for (const Star& star : stars_.stars()) {
      const SDL_FRect place = {star.x - 5, star.y - 5, 10, 10};
      SDL_RenderFillRectF(renderer_, &place);
    }
    SDL_SetRenderDrawColor(renderer_, 120, 190, 255, 255);
    const SDL_FRect basket = {stars_.basket() - kBasket / 2, kHeight - 18, kBasket, 12};
    SDL_RenderFillRectF(renderer_, &basket);
    overlay_.Draw();
    SDL_RenderPresent(renderer_);
  }

  void Save() {
    SDL_Surface* picture = SDL_CreateRGBSurfaceWithFormat(
        0, static_cast<int>(kWidth), static_cast<int>(kHeight), 32, SDL_PIXELFORMAT_ARGB8888);
    if (picture == nullptr) return;
    Draw();
    SDL_RenderReadPixels(renderer_, nullptr, SDL_PIXELFORMAT_ARGB8888, picture->pixels,
                         picture->pitch);
    SDL_SaveBMP(picture, options_.picture.c_str());
    SDL_FreeSurface(picture);
  }

  void Report() const {
    std::printf("frames %llu, tracked %llu\n", Number(frame_), Number(telemetry_.tracked()));
  }

  static unsigned long long Number(std::uint64_t number) { return number; }

  const Options& options_;
  SDL_Renderer* renderer_;
  Overlay overlay_;
  Stars stars_;
  Telemetry telemetry_;
  Times without_;
  Times with_;
  std::vector<nanoseconds> cost_;  // of Track in each frame since the overlay was drawn
  std::uint64_t frame_ = 0;
  float toward_ = 0;
  bool over_ = false;
};

int Main(int count, char** words) {
  Options options;
  if (!Read(count, words, &options)) {
    std::fprintf(stderr, "game: see the head of main.cc for its options\n");
    return 2;
  }
  if (SDL_Init(SDL_INIT_VIDEO) != 0) {
    std::fprintf(stderr, "game: %s\n", SDL_GetError());
    return 1;
  }
  SDL_Window* window = SDL_CreateWindow("Stars", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED,
                                        static_cast<int>(kWidth), static_cast<int>(kHeight), 0);
  SDL_Renderer* renderer =
      window == nullptr ? nullptr : SDL_CreateRenderer(window, -1, SDL_RENDERER_SOFTWARE);
  if (renderer == nullptr) {
    std::fprintf(stderr, "game: %s\n", SDL_GetError());
  } else {
    Game(options, renderer).Run();
  }
  SDL_DestroyRenderer(renderer);
  SDL_DestroyWindow(window);
  SDL_Quit();
  return renderer == nullptr ? 1 : 0;
}

}  // namespace
}  // namespace game

int main(int count, char** words) { return game::Main(count, words); }
