// Asks the other processes that have a file open to close it, where a file that is open keeps its
// name (Windows).
//
// A plea is for a file, not for a name, and stands as long as somebody who listens for that file
// has made or heard it: one who begins to listen meanwhile hears it at once. So nobody opens the
// file anew before it has another name, and a process that dies once it has asked need not ask
// again.
//
// Only one thread may use it.

#ifndef EMBEDDABLES_PLATFORM_CLOSE_PLEA_H_
#define EMBEDDABLES_PLATFORM_CLOSE_PLEA_H_

#include <string>

#include "platform/handle.h"
#include "platform/paths.h"

namespace embeddables {

class ClosePlea {
 public:
  ClosePlea() = default;
  ~ClosePlea() { Close(); }
  ClosePlea(const ClosePlea&) = delete;
  ClosePlea& operator=(const ClosePlea&) = delete;

  // Listens for pleas for this file from now on, and for no other. False: there are none here.
  bool Listen(const FileId& file);
  void Close();
  // Was everybody who has the file open asked to close it, by this process or by another?
  bool heard() const;
  // Readable once a plea has come, until Clear; none: not listening.
  Waitable waitable() const { return waitable_; }
  void Clear();

  // Asks all who listen for the file, which is the one at `path`. False: the file may be renamed as
  // far as other programs go, or nobody can be asked.
  bool Ask(const std::string& path);

 private:
  struct Source;

  [[maybe_unused]] Source* source_ = nullptr;
  Waitable waitable_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_CLOSE_PLEA_H_
