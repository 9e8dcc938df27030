// One request and what became of it: what the live page shows, and what `check` judges.

#ifndef EMBEDDABLES_SAMPLES_COLLECTOR_EXCHANGE_H_
#define EMBEDDABLES_SAMPLES_COLLECTOR_EXCHANGE_H_

#include <chrono>
#include <string>

#include "samples/collector/contract.h"

namespace collector {

enum class Result {
  kKept,      // accepted, and answered with 200
  kLost,      // accepted, but the connection was closed in place of the answer
  kRefused,   // it broke a rule
  kFault,     // answered otherwise because /_faults asked for it
  kClosed,    // the connection was closed before the body was read
  kUpstream,  // it was right, but the server behind --proxy did not accept it
};

// What the server behind --proxy said.
struct UpstreamAnswer {
  int status = 0;  // 0: it was not asked, or could not be reached
  std::string body, content_type, retry_after, date;
  std::string error;  // why it could not be reached
  std::chrono::microseconds took{};
  bool asked = false;
};

struct Exchange {
  std::chrono::system_clock::time_point arrived = std::chrono::system_clock::now();
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  std::chrono::microseconds took{};
  Result result = Result::kKept;
  bool duplicate = false;
  Answer answer;  // what the agent was told; status 0: nothing
  std::string path, api_key;
  std::string body;  // of one that was refused
  Event event;       // as far as it could be taken apart
  UpstreamAnswer upstream;
};

// One JSON object on one line. Long texts are shortened, and keys are taken out.
std::string ToJson(const Exchange& exchange);

}  // namespace collector

#endif  // EMBEDDABLES_SAMPLES_COLLECTOR_EXCHANGE_H_
