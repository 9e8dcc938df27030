// A file beside the store that cannot be opened or made, as the host is told of it: once, until it
// is something else or over.

#ifndef EMBEDDABLES_AGENT_WORKER_FILE_TROUBLE_H_
#define EMBEDDABLES_AGENT_WORKER_FILE_TROUBLE_H_

#include <string>

#include "agent/api/reporter.h"

namespace embeddables {

class FileTrouble {
 public:
  // Between them stands the system's own word for what is wrong.
  FileTrouble(const char* what, const char* consequence) : what_(what), consequence_(consequence) {}

  // An empty `trouble`: there is none.
  void Set(const std::string& path, const std::string& trouble, Reporter& reporter);
  // The text that the host was told, as long as it holds.
  const std::string& told() const { return told_; }

 private:
  const char* const what_;
  const char* const consequence_;
  std::string told_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_FILE_TROUBLE_H_
