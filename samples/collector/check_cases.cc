// The rules that an agent keeps, and how each of them is tried.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "samples/collector/check.h"
#include "samples/collector/trial.h"

namespace collector {
namespace {

constexpr Trial::Seconds kPatience(90);
constexpr std::size_t kEvents = 30;

std::vector<Given> Events(std::size_t count, const std::string& name = "check_event") {
  std::vector<Given> all;
  for (std::size_t i = 1; i <= count; ++i) {
    all.push_back({name, "{\"n\":" + std::to_string(i) + "}"});
  }
  return all;
}

bool WasKept(const Exchange& each) {
  return each.result == Result::kKept || each.result == Result::kLost;
}

// How often each event was kept: by its prop "n".
std::map<int, int> Kept(const std::vector<Exchange>& all) {
  std::map<int, int> kept;
  for (const Exchange& each : all) {
    rapidjson::Document props;
    if (!WasKept(each) || !ParseJson(each.event.props, &props)) continue;
    const auto number = props.FindMember("n");
    if (number != props.MemberEnd() && number->value.IsInt()) ++kept[number->value.GetInt()];
  }
  return kept;
}

std::string Refusals(const std::vector<Exchange>& all) {
  for (const Exchange& each : all) {
    if (each.result != Result::kRefused) continue;
    return "a request broke the contract: " + each.answer.message;
  }
  return {};
}

std::string Number(std::size_t number) { return std::to_string(number); }

// Every event is there, and the command has said so.
std::string Arrived(Trial* trial, std::size_t count) {
  trial->Await(kPatience, [count](const auto& all) { return Kept(all).size() >= count; });
  const int exit = trial->AwaitExit(Trial::Seconds(30));
  const std::vector<Exchange> all = trial->exchanges();
  if (std::string refused = Refusals(all); !refused.empty()) return refused;
  const std::size_t arrived = Kept(all).size();
  if (arrived < count) return Number(arrived) + " of " + Number(count) + " events arrived";
  if (exit == Trial::kStillRuns) return "every event arrived, but the command does not end";
  if (exit != 0) return "every event arrived, but it ended with " + std::to_string(exit);
  return {};
}

std::string Once(const std::vector<Exchange>& all) {
  for (const auto& [number, times] : Kept(all)) {
    if (times == 1) continue;
    return "event " + std::to_string(number) + " arrived " + std::to_string(times) + " times";
  }
  return {};
}

std::string ArrivedOnce(Trial* trial, std::size_t count) {
  std::string broken = Arrived(trial, count);
  return broken.empty() ? Once(trial->exchanges()) : broken;
}

// The server misbehaves for `requests` requests, and then it is well.
std::string AfterFault(Trial* trial, const std::string& faults, std::size_t requests) {
  trial->SetFaults(faults);
  trial->StartAgent(Events(kEvents));
  if (!trial->AwaitRequests(requests, kPatience)) return "it does not ask again";
  trial->SetFaults("{}");
  return ArrivedOnce(trial, kEvents);
}

std::string Contract(Trial* trial) {
  trial->StartAgent(Events(kEvents));
  if (std::string broken = ArrivedOnce(trial, kEvents); !broken.empty()) return broken;
  for (const Exchange& each : trial->exchanges()) {
    const Event& event = each.event;
    if (event.identifier_key != "email" || event.identifier_value != "\"check@example.com\"") {
      return "the identifier is not that of EMBEDDABLES_IDENTIFIER";
    }
    if (event.project_id != "pr_check" || event.embeddable_id != "flow_check") {
      return "project or embeddable are not those of the variables";
    }
  }
  return {};
}

std::string AnyText(Trial* trial) {
  std::vector<Given> events = {
      {"check_event", R"({"n":1,"text":"\"quotes\", \\ and \u0000, \u2028, \ud83d\ude00"})"},
      {"check_event", R"({"n":2,"text":"<script>alert(1)</script> ' ; $(true) `true`"})"},
      {"check_event", R"({"n":3,"large":9007199254740993,"small":-0.5,"flag":true})"},
      {"check_event", "{\"n\":4,\"long\":\"" + std::string(20'000, 'x') + "\"}"}};
  trial->StartAgent(events);
  if (std::string broken = ArrivedOnce(trial, events.size()); !broken.empty()) return broken;
  for (const Exchange& each : trial->exchanges()) {
    rapidjson::Document got, given;
    if (!ParseJson(each.event.props, &got)) return "the props are no JSON";
    const int number = got["n"].GetInt();
    ParseJson(events[static_cast<std::size_t>(number - 1)].props, &given);
    for (const auto& member : given.GetObject()) {
      const auto there = got.FindMember(member.name);
      if (there == got.MemberEnd() || there->value != member.value) {
        return "event " + std::to_string(number) + " has another " + member.name.GetString();
      }
    }
  }
  return {};
}

std::string Secret(Trial* trial) {
  trial->SetFaults(R"({"status":{"401":1}})");
  trial->StartAgent(Events(2));
  if (!trial->AwaitRequests(1, kPatience)) return "it sends nothing";
  trial->AwaitExit(Trial::Seconds(5));
  if (trial->Printed().find(trial->key()) != std::string::npos) return "it prints the key";
  for (const Exchange& each : trial->exchanges()) {
    if (each.path.find(trial->key()) != std::string::npos) return "the key stands in the URL";
  }
  return {};
}

// What cannot succeed is not tried again and again, nor called a success.
std::string Hopeless(Trial* trial, const std::string& faults) {
  constexpr std::size_t kMost = 10;
  constexpr Trial::Seconds kLong(20);
  trial->SetFaults(faults);
  trial->StartAgent(Events(kEvents));
  if (!trial->AwaitRequests(1, kPatience)) return "it sends nothing";
  if (trial->AwaitRequests(kMost + 1, kLong))
    return "it asks more than " + Number(kMost) + " times";
  return trial->AwaitExit(Trial::Seconds(0)) == 0 ? "it calls that a success" : "";
}

std::string KeyRefused(Trial* trial) { return Hopeless(trial, R"({"status":{"401":1}})"); }
std::string NotFound(Trial* trial) { return Hopeless(trial, R"({"status":{"404":1}})"); }
std::string UnknownUser(Trial* trial) { return Hopeless(trial, R"({"unknown_users":true})"); }

std::string EventRefused(Trial* trial) {
  trial->SetFaults(R"({"by_event":{"check_bad":400}})");
  std::vector<Given> events = Events(kEvents);
  events.insert(events.begin(), {"check_bad", "{\"n\":0}"});
  trial->StartAgent(events);
  trial->Await(kPatience, [](const auto& all) { return Kept(all).size() >= kEvents; });
  if (trial->AwaitExit(Trial::Seconds(30)) == Trial::kStillRuns) return "the command does not end";
  const std::vector<Exchange> all = trial->exchanges();
  const std::size_t arrived = Kept(all).size();
  if (arrived < kEvents) return Number(arrived) + " of " + Number(kEvents) + " good ones arrived";
  const auto bad = std::count_if(
      all.begin(), all.end(), [](const Exchange& each) { return each.event.name == "check_bad"; });
  if (bad != 1) return "the bad one was sent " + std::to_string(bad) + " times";
  return Once(all);
}

std::string RetryAfter(Trial* trial, int status) {
  // On a busy machine a request that had been begun before the answer takes a while.
  constexpr std::chrono::milliseconds kUnderWay(1'000), kWait(3'000), kInexact(100);
  trial->SetFaults("{\"status\":{\"" + std::to_string(status) + "\":1},\"retry_after\":\"3\"}");
  trial->StartAgent(Events(kEvents));
  if (!trial->AwaitRequests(1, kPatience)) return "it sends nothing";
  trial->Await(Trial::Seconds(3), [](const auto&) { return false; });
  trial->SetFaults("{}");
  if (std::string broken = ArrivedOnce(trial, kEvents); !broken.empty()) return broken;
  const std::vector<Exchange> all = trial->exchanges();
  const auto told = all.front().arrived + all.front().took;
  for (const Exchange& each : all) {
    if (each.arrived > told + kUnderWay && each.arrived < told + kWait - kInexact) {
      const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(each.arrived - told);
      return "it was told to wait 3 s, and asked after " + std::to_string(ms.count()) + " ms";
    }
  }
  return {};
}

std::string TooMany(Trial* trial) { return RetryAfter(trial, 429); }
std::string Unavailable(Trial* trial) { return RetryAfter(trial, 503); }

std::string Gentle(Trial* trial) {
  constexpr std::size_t kMost = 20;
  trial->SetFaults(R"({"status":{"503":1}})");
  trial->StartAgent(Events(kEvents));
  if (!trial->AwaitRequests(1, kPatience)) return "it sends nothing";
  trial->Await(Trial::Seconds(5), [](const auto&) { return false; });
  const std::size_t requests = trial->exchanges().size();
  trial->SetFaults("{}");
  if (requests > kMost) return "it asked " + Number(requests) + " times within five seconds";
  return ArrivedOnce(trial, kEvents);
}

std::string Recovers(Trial* trial) { return AfterFault(trial, R"({"status":{"500":1}})", 3); }
std::string Broken(Trial* trial) { return AfterFault(trial, R"({"drop_before":1})", 3); }
std::string Portal(Trial* trial) { return AfterFault(trial, R"({"portal":true})", 3); }
std::string LongWords(Trial* trial) {
  return AfterFault(trial, R"({"status":{"500":1},"body_bytes":2000000})", 3);
}

std::string Slow(Trial* trial) {
  constexpr std::size_t kFew = 3;
  trial->SetFaults(R"({"latency_ms":2000,"slow_body_ms":1000})");
  trial->StartAgent(Events(kFew));
  return ArrivedOnce(trial, kFew);
}

std::string AnswerLost(Trial* trial) {
  trial->SetFaults(R"({"drop_after":1})");
  trial->StartAgent(Events(kEvents));
  if (!trial->AwaitRequests(3, kPatience)) return "it does not ask again";
  trial->SetFaults("{}");
  if (std::string broken = Arrived(trial, kEvents); !broken.empty()) return broken;
  std::map<std::string, std::string> ids;  // of an event's props
  for (const Exchange& each : trial->exchanges()) {
    if (!WasKept(each)) continue;
    if (each.event.event_id.empty()) return "its events have no prop event_id";
    const auto [known, is_new] = ids.emplace(each.event.event_id, each.event.props);
    if (!is_new && known->second != each.event.props) return "two events have one event_id";
  }
  return ids.size() == kEvents ? "" : "an event that was sent again has got another event_id";
}

std::string Restart(Trial* trial) {
  trial->SetFaults(R"({"latency_ms":50})");
  trial->StartAgent(Events(kEvents));
  if (!trial->AwaitRequests(5, kPatience)) return "it sends nothing";
  trial->StopServer();
  trial->Await(Trial::Seconds(1), [](const auto&) { return false; });
  trial->StartServer();
  return Arrived(trial, kEvents);
}

std::string Killed(Trial* trial) {
  trial->SetFaults(R"({"down_s":3600})");
  trial->StartAgent(Events(kEvents));
  if (!trial->AwaitRequests(1, kPatience)) return "it sends nothing";
  // It had the time to read its input.
  trial->Await(Trial::Seconds(2), [](const auto&) { return false; });
  trial->KillAgent();
  trial->AwaitExit(kPatience);
  trial->SetFaults("{}");
  trial->StartAgent({});
  return ArrivedOnce(trial, kEvents);
}

}  // namespace

const std::vector<Case>& AllCases() {
  static const std::vector<Case> all = {
      {"contract", "Each event arrives once, in the contract's form, and the command ends with 0",
       Contract},
      {"text", "Any text, and long text, arrives as it was tracked", AnyText},
      {"secret", "The key is neither printed nor part of the URL", Secret},
      {"recovers", "After a server's error (500) every event arrives once", Recovers},
      {"gentle", "A server that is out of service (503) is not stormed", Gentle},
      {"too-many", "429 with Retry-After: no request until then", TooMany},
      {"unavailable", "503 with Retry-After: no request until then", Unavailable},
      {"broken", "After broken connections every event arrives once", Broken},
      {"answer-lost", "An event whose answer was lost comes again, with the same event_id",
       AnswerLost},
      {"slow", "A slow answer is waited for, and nothing is sent twice", Slow},
      {"portal", "A page to log in, with 200, is not taken for an answer", Portal},
      {"long-words", "A long error message does no harm", LongWords},
      {"event-refused", "An event that is refused (400) is sent once, and the others arrive",
       EventRefused},
      {"key-refused", "401: it stops asking, and does not call that a success", KeyRefused},
      {"not-found", "404: it stops asking, and does not call that a success", NotFound},
      {"unknown-user", "404 for a person: it stops asking, and does not call that a success",
       UnknownUser},
      {"restart", "A server that restarts in the middle costs no event", Restart},
      {"killed", "What a killed command had read arrives when it is run again", Killed},
  };
  return all;
}

}  // namespace collector
