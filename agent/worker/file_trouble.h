// Tells the host that a file beside the store cannot be opened or made: once, until the trouble
// changes or is over.

#ifndef EMBEDDABLES_AGENT_WORKER_FILE_TROUBLE_H_
#define EMBEDDABLES_AGENT_WORKER_FILE_TROUBLE_H_

#include <string>

#include "agent/base/reporter.h"

namespace embeddables {

class FileTrouble {
 public:
  // The system's own words for the fault stand between the two texts.
  FileTrouble(const char* what, const char* consequence) : what_(what), consequence_(consequence) {}

  // An empty `trouble` means that there is none.
  void Set(const std::string& path, const std::string& trouble, Reporter& reporter);
  // The text that the host was told, as long as it is true.
  const std::string& told() const { return told_; }

 private:
  const char* const what_;
  const char* const consequence_;
  std::string told_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_FILE_TROUBLE_H_
