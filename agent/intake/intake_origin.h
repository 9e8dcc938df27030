// Names the database that the events in an intake belong to.
//
// The store's id is not enough: a copy of the store has it, too. So the intake also names the file
// that its process had open. A copy must get none of the events as long as the original may come
// for them; a store that was moved, restored or replaced must lose none.

#ifndef EMBEDDABLES_AGENT_INTAKE_INTAKE_ORIGIN_H_
#define EMBEDDABLES_AGENT_INTAKE_INTAKE_ORIGIN_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/time.h"
#include "agent/intake/intake_layout.h"
#include "platform/files.h"
#include "platform/paths.h"
#include "platform/shared_memory.h"

namespace embeddables {

struct IntakeOrigin {
  std::string path;  // absolute
  FileId file;
  std::uint64_t paths = 0;  // the namespace of `path`: NamespaceOfPaths
  BootTime made;
  std::int64_t keep_ms = 0;  // how long its store keeps an event

  intake::Origin Written() const;
};

// Reads the bytes of an intake::Origins, which nobody vouches for. False: they are none.
bool ReadOrigin(std::string_view bytes, IntakeOrigin* origin);
// The same for an intake that is not read as a whole, and whose process may live.
bool PeekOrigin(const LeftMemory& memory, IntakeOrigin* origin);

// May `own` take over the events of `left`? `named`: memory with the id of its store, which is the
// same. Memory without one is that of a process that could not read its store yet: the number of
// the file is not enough then, as the system gives that of a deleted file to the next one, and the
// path must be the same, or lead there. So a store that was moved since is not its heir, and one
// that was made anew at the path may be. Without a number, while the store was being repaired, the
// path is enough.
bool MayTakeOver(const IntakeOrigin& left, bool named, const IntakeOrigin& own,
                 const FileSystem& files);
// Decides by the memory itself. That of an earlier version tells nothing but the id in its name.
bool MayTakeOver(const LeftMemory& memory, bool named, const IntakeOrigin& own,
                 const FileSystem& files);
// For two with different ids: was the database of `left` where that of `own` is now?
bool WasReplaced(const IntakeOrigin& left, const IntakeOrigin& own);
// Is the folder of the database there, but not the database? A file on an unmounted disk or in
// another container has not left.
bool HasLeftItsFolder(const IntakeOrigin& left, const IntakeOrigin& own, const FileSystem& files);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_INTAKE_INTAKE_ORIGIN_H_
