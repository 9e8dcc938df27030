// Forms in which people write props. FORM 0 holds what must compile; each other number is one that
// must not, for it would keep a view of what is gone or mean something else than it says. Each
// CHECKED_FORM compiles only where the compiler does not check lifetimes; Clang does.

#include <embeddables/agent.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

using embeddables::Agent;
using embeddables::Config;
using embeddables::Dimension;
using embeddables::EventOptions;
using embeddables::Identifier;
using embeddables::Metric;
using embeddables::Priority;
using embeddables::Prop;
using embeddables::PropList;
using embeddables::Props;
using embeddables::Value;

std::string Text();
PropList MakeList();
std::vector<Prop> MakeVector();
enum class Level : std::uint8_t { kEasy };
enum Plain { kPlain };

void Track(Agent& agent, const EventOptions& options, char* buffer, char character) {
#if FORM == 0
  agent.Track("x");
  agent.Track("x", {});
  agent.Track("x", {}, options);
  agent.Track("x", {}, {});
  agent.Track("x", {{"level", 3}});
  agent.Track("x", {{"mode", "hard"}});
  agent.Track("x", {{"mode", "hard"}, {"text", Text() + "!"}}, options);
  agent.Track("x", {Metric("seconds", 61.5), Dimension("mode", Text())});
  agent.Track("x", {{"long double", 1.5L}, {"enum", Level::kEasy}, {"plain", kPlain}});
  agent.Track("x", {{"buffer", buffer}, {"char", int{character}}, {"null", nullptr}});
  agent.Track("x", {{"char", std::string_view(&character, 1)}, {"byte", std::uint8_t{1}}});
  agent.Track("x", {}, {Priority::kCritical, {"email", "a@b.c"}});
  std::vector<Prop> props = {{"level", 3}};
  props.push_back({"mode", "hard"});
  agent.Track("x", props, options);
  agent.Track("x", MakeVector(), options);
  const std::array<Prop, 1> array = {Prop{"level", 3}};
  agent.Track("x", array);
  const Prop several[] = {{"level", 3}, {"mode", "hard"}};
  agent.Track("x", several);
  agent.Track("x", Props(several, 2), options);
  const Props view = several;
  agent.Track("x", view);
  PropList list = {{"mode", Text()}};
  list.Add("text", Text()).Add({"level", 3}).Add(Metric("seconds", 1.5));
  agent.Track("x", list, options);
  agent.Track("x", MakeList());
  Config config;
  config.common_props = {{"app_version", Text()}};
  config.common_props.Add("text", Text());
  const std::string kept = Text();
  EventOptions own;
  own.identifier = {"email", kept};
  own.identifier = {kept, 5};
  own.identifier = Identifier{"email", "a@b.c"};
  agent.Identify("email", Text());
#elif FORM == 1
  Props props = {{"level", 3}};
#elif FORM == 2
  Props props = {{"mode", "hard"}};
#elif FORM == 3
  Props props = {{"level", 3}, {"mode", "hard"}};
#elif FORM == 4
  Props props{std::vector<Prop>{{"level", 3}}};
#elif FORM == 5
  Props props = MakeList();
#elif FORM == 6
  const std::initializer_list<Prop> list = {{"level", 3}};
  Props props(list);
#elif FORM == 7
  EventOptions own;
  own.identifier = {"email", Text()};
#elif FORM == 8
  Identifier own{Text(), 5};
#elif FORM == 9
  EventOptions own{Priority::kNormal, {"email", "user-" + Text()}};
#elif FORM == 10
  Value value(character);
#elif FORM == 11
  agent.Track("x", {{"wide", L'x'}});
#elif FORM == 12
  agent.Track("x", {{"pointer", &options}});
#elif FORM == 13
  const std::string_view two[] = {"mode", "hard"};
  agent.Track("x", two);
// These keep a view of a temporary, which only the annotations of agent.h let a compiler see.
#elif CHECKED_FORM == 1
  Prop prop{"mode", Text()};
  agent.Track("x", Props(&prop, 1));
#elif CHECKED_FORM == 2
  Value value = Text();
  agent.Track("x", {{"mode", value}});
#elif CHECKED_FORM == 3
  Prop prop = Dimension("mode", Text());
  agent.Track("x", Props(&prop, 1));
#elif CHECKED_FORM == 4
  const Prop several[] = {{"mode", Text()}, {"level", 3}};
  agent.Track("x", several);
#endif
  static_cast<void>(options);
  static_cast<void>(buffer);
  static_cast<void>(character);
}
