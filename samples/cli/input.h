// Bytes from standard input, with an eye on what ends the wait for them.

#ifndef EMBEDDABLES_SAMPLES_CLI_INPUT_H_
#define EMBEDDABLES_SAMPLES_CLI_INPUT_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace cli {

// Handles are the system's own: descriptors on Linux, on Windows what GetStdHandle returns.
class Input {
 public:
  enum class Ready { kNothing, kBytes, kStop };

  // Two handles, which it does not close. `stop` may be -1.
  Input(std::intptr_t input, std::intptr_t stop);
  ~Input();
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  static std::intptr_t Standard();

  // Waits at most `wait`; -1: for ever. kBytes: there is something to read, or the end.
  Ready Await(std::chrono::milliseconds wait);
  // Appends what there is to *bytes.
  void Read(std::string* bytes);
  // After kStop: the same for what stands in a pipe or socket at this moment. Does not wait for
  // more.
  void ReadWhatStands(std::string* bytes);

  // There is nothing more to read, because of error() if that is not 0.
  bool ended() const { return ended_; }
  int error() const { return error_; }

 private:
  struct Reader;  // where a wait needs a thread that reads

  const std::intptr_t input_, stop_;
  bool ended_ = false;
  int error_ = 0;
  std::shared_ptr<Reader> reader_;
};

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_INPUT_H_
