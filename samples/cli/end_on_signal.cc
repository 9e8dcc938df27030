#include "samples/cli/end_on_signal.h"

#include <chrono>

namespace cli {

using namespace embeddables;

EndOnSignal::EndOnSignal(const EndSignals& signals, Agent* agent) : wait_(signals), agent_(agent) {
  if (wait_.ok()) thread_ = std::thread([this] { Await(); });
}

EndOnSignal::~EndOnSignal() {
  Status status;
  FlushResult left;
  HasEnded(&status, &left);
}

bool EndOnSignal::HasEnded(Status* status, FlushResult* left) {
  wait_.End();
  if (thread_.joinable()) thread_.join();
  if (!ended_) return false;
  *status = status_;
  *left = left_;
  return true;
}

void EndOnSignal::Await() {
  if (!wait_.Await()) return;
  status_ = EndSoon(agent_, &left_);
  ended_ = true;
}

Status EndSoon(Agent* agent, FlushResult* result) {
  agent->Pause();
  return agent->Shutdown(std::chrono::seconds(1), result);
}

}  // namespace cli
