// Stops a worker between two steps: of its own, where it holds no library's lock and no transaction
// is open, so that the process can fork; or of its transport's, when the process exits.

#ifndef EMBEDDABLES_AGENT_BASE_STEP_GATE_H_
#define EMBEDDABLES_AGENT_BASE_STEP_GATE_H_

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace embeddables {

class StepGate {
 public:
  // Encloses each step. Two threads may be within at once: the one that starts the worker's thread
  // still is when the worker begins.
  class Pass {
   public:
    explicit Pass(StepGate* gate) : gate_(gate) { gate_->Enter(); }
    ~Pass() { gate_->Leave(); }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

   private:
    StepGate* gate_;
  };
  void Enter() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return !closing_; });
    ++stepping_;
  }
  void Leave() {
    const std::lock_guard<std::mutex> lock(mutex_);
    --stepping_;
    if (closing_) changed_.notify_all();
  }

  // Called on any other thread: waits for the steps under way to end. True: no step begins until
  // Open, which the same thread calls, if ever. False: they did not end in time.
  bool Close(std::chrono::steady_clock::time_point until) {
    std::unique_lock<std::mutex> lock(mutex_);
    closing_ = true;
    if (changed_.wait_until(lock, until, [this] { return stepping_ == 0; })) {
      lock.release();  // kept until Open, so that the mutex is whole in a forked child
      return true;
    }
    closing_ = false;
    changed_.notify_all();
    return false;
  }
  void Open() {
    closing_ = false;
    changed_.notify_all();
    mutex_.unlock();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool closing_ = false;  // guarded by mutex_
  int stepping_ = 0;      // guarded by mutex_
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_BASE_STEP_GATE_H_
