// A request that is right, and each way to break it.

#ifndef EMBEDDABLES_TESTS_CONTRACT_BREAKAGES_H_
#define EMBEDDABLES_TESTS_CONTRACT_BREAKAGES_H_

#include <string>
#include <vector>

namespace embeddables::test {

struct RawRequest {
  std::string path = "/projects/pr_demo/events";
  std::string key = "rk_demo";  // empty: no such header
  std::string content_type = "application/json";
  std::string embeddable_id = R"("flow_demo")";
  std::string timestamp = R"("2026-01-31T23:59:59.999Z")";
  std::string name = R"("level_complete")";
  std::string props = R"("{\"level\":3}")";
  std::string identifiers = R"([{"key":"email","value":"\"a@b.c\""}])";
  std::string whole_body;  // instead of the parts

  std::string Body() const {
    if (!whole_body.empty()) return whole_body;
    std::string body;
    const auto add = [&body](const char* field, const std::string& json) {
      if (json.empty()) return;  // left out
      body += (body.empty() ? "{\"" : ",\"") + std::string(field) + "\":" + json;
    };
    add("embeddable_id", embeddable_id);
    add("timestamp", timestamp);
    add("custom_event_name", name);
    add("custom_event_props", props);
    add("identifiers", identifiers);
    return body + "}";
  }
};

struct Breakage {
  const char* what;
  void (*apply)(RawRequest*);
  int status;         // the collector's answer
  bool prism_checks;  // does Prism refuse it, too
};

inline std::vector<Breakage> Breakages() {
  using R = RawRequest;
  return {
      {"no key", [](R* r) { r->key.clear(); }, 401, true},
      {"wrong path", [](R* r) { r->path = "/project/pr_demo/events"; }, 404, true},
      {"project id", [](R* r) { r->path = "/projects/flow_demo/events"; }, 400, true},
      {"not JSON", [](R* r) { r->whole_body = "{"; }, 400, true},
      {"an array", [](R* r) { r->whole_body = "[]"; }, 400, true},
      {"content type", [](R* r) { r->content_type = "text/plain"; }, 400, true},
      {"no embeddable", [](R* r) { r->embeddable_id.clear(); }, 400, true},
      {"embeddable number", [](R* r) { r->embeddable_id = "5"; }, 400, true},
      {"embeddable prefix", [](R* r) { r->embeddable_id = R"("pr_x")"; }, 400, true},
      {"no timestamp", [](R* r) { r->timestamp.clear(); }, 400, true},
      {"timestamp number", [](R* r) { r->timestamp = "1770000000"; }, 400, true},
      {"timestamp words", [](R* r) { r->timestamp = R"("yesterday")"; }, 400, false},
      {"timestamp zone", [](R* r) { r->timestamp = R"("2026-01-31T23:59:59.999")"; }, 400, false},
      {"no such day", [](R* r) { r->timestamp = R"("2026-02-30T00:00:00.000Z")"; }, 400, false},
      {"no name", [](R* r) { r->name.clear(); }, 400, true},
      {"name case", [](R* r) { r->name = R"("LevelComplete")"; }, 400, true},
      {"name underscores", [](R* r) { r->name = R"("level__complete")"; }, 400, true},
      {"no props", [](R* r) { r->props.clear(); }, 400, true},
      {"props object", [](R* r) { r->props = R"({"level":3})"; }, 400, true},
      {"props no JSON", [](R* r) { r->props = R"("level=3")"; }, 400, false},
      {"props array", [](R* r) { r->props = R"("[3]")"; }, 400, false},
      {"no identifiers", [](R* r) { r->identifiers.clear(); }, 400, true},
      {"empty identifiers", [](R* r) { r->identifiers = "[]"; }, 400, true},
      {"two identifiers",
       [](R* r) {
         r->identifiers = R"([{"key":"a","value":"\"b\""},{"key":"c","value":"\"d\""}])";
       },
       400, true},
      {"identifier object", [](R* r) { r->identifiers = R"({"email":"a"})"; }, 400, true},
      {"identifier without value", [](R* r) { r->identifiers = R"([{"key":"a"}])"; }, 400, true},
      {"identifier without key", [](R* r) { r->identifiers = R"([{"value":"\"a\""}])"; }, 400,
       true},
      {"identifier number", [](R* r) { r->identifiers = R"([{"key":"a","value":5}])"; }, 400, true},
      {"identifier not JSON", [](R* r) { r->identifiers = R"([{"key":"email","value":"a@b.c"}])"; },
       400, false},
      {"identifier JSON twice",
       [](R* r) { r->identifiers = R"([{"key":"email","value":"\"\\\"a@b.c\\\"\""}])"; }, 400,
       false},
  };
}

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_CONTRACT_BREAKAGES_H_
