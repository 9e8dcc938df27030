// Of which database the events in an intake are.
//
// The store's id does not tell: a copy of the store carries it, too. So the intake also names the
// file that its process had open. A copy must get nothing of it as long as the original may come
// for it; a store that was moved, restored or replaced must lose nothing.

#ifndef EMBEDDABLES_AGENT_INTAKE_INTAKE_ORIGIN_H_
#define EMBEDDABLES_AGENT_INTAKE_INTAKE_ORIGIN_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/intake/intake_layout.h"
#include "platform/files.h"
#include "platform/paths.h"
#include "platform/shared_memory.h"

namespace embeddables {

struct IntakeOrigin {
  std::string path;  // absolute
  FileId file;
  std::uint64_t paths = 0;   // in which `path` means something: NamespaceOfPaths
  std::int64_t made_ms = 0;  // boot clock
  std::int64_t keep_ms = 0;  // so long its store keeps an event

  intake::Origin Written() const;
};

// From the bytes of an intake::Origins, which are anybody's. False: that is none.
bool ReadOrigin(std::string_view bytes, IntakeOrigin* origin);
// The same of an intake that is not read as a whole, and whose process may live.
bool PeekOrigin(const LeftMemory& memory, IntakeOrigin* origin);

// Of two with the same store id: may `own` take over what `left` is about?
bool MayTakeOver(const IntakeOrigin& left, const IntakeOrigin& own, const FileSystem& files);
// Of two with different ids: was the database of `left` where `own` is now?
bool WasReplaced(const IntakeOrigin& left, const IntakeOrigin& own);
// Is its folder there, and it is not? An unmounted disk's file and another container's have not
// left.
bool HasLeftItsFolder(const IntakeOrigin& left, const IntakeOrigin& own, const FileSystem& files);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_INTAKE_INTAKE_ORIGIN_H_
