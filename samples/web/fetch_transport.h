// An HTTP stack for the agent over a browser's fetch. Answers come between two turns of the event
// loop, never while the program runs.

#ifndef EMBEDDABLES_SAMPLES_WEB_FETCH_TRANSPORT_H_
#define EMBEDDABLES_SAMPLES_WEB_FETCH_TRANSPORT_H_

#include <embeddables/parts.h>

#include <memory>

namespace web {

class FetchTransport final : public embeddables::HttpTransport {
 public:
  bool Begin(std::shared_ptr<embeddables::HttpExchange> exchange) override;
  void Cancel(embeddables::HttpExchange& exchange) override;
  bool AnswersBetweenCalls() const override { return true; }
};

}  // namespace web

#endif  // EMBEDDABLES_SAMPLES_WEB_FETCH_TRANSPORT_H_
