// The intake's memory, if it outlives the process: a file, and the promise that the next start
// finds it.
//
//   none            plain memory
//   safe            made; it follows the store under whatever name and file that has
//   lost            somebody removed its name: the content would end with the process
//
// There is one file per agent: FOLDER/STORE-INTAKE.intake, both ids in hexadecimal, so that a
// store's files are found by its name. Files in memory are removed without notice (at the end of a
// session, by a cleaner), so the file is checked within kLookMs after each Track: when the system
// tells that something happened to the name, or by the worker itself. An idle worker does not look.

#ifndef EMBEDDABLES_AGENT_INTAKE_INTAKE_MEMORY_H_
#define EMBEDDABLES_AGENT_INTAKE_INTAKE_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/base/time.h"
#include "agent/intake/intake.h"
#include "agent/intake/intake_origin.h"
#include "platform/name_watch.h"
#include "platform/shared_memory.h"

namespace embeddables {

class IntakeMemory {
 public:
  // --- Places. Runs on the host's thread, as it reads the environment. `store` is the database's
  // path. Returns the fault of the host's choice; null: none.
  const char* Choose(const std::string& chosen, const std::string& store);
  // Uses this folder in place of all others.
  void UseFolder(const std::string& folder) { only_ = folder; }
  bool possible() const { return !only_.empty() || !to_make_.empty(); }
  // Other processes' own places, as the store knows them.
  void AddPlace(const std::string& folder);
  // Visits all files in memory whose names begin with `prefix` and that belong to this user, or to
  // the one it may act for; they are opened for reading.
  template <class Body>  // void(const std::string& path, LeftMemory*)
  void ForEachFile(const std::string& prefix, const Body& body) const;

  // --- The file. Makes an intake of `bytes`, or smaller if there is less room, but not below
  // `least`. False, with the reason in *error: none was made.
  bool Make(std::size_t bytes, std::size_t least, std::uint64_t seed, const std::string& store_id,
            const IntakeOrigin& origin, Intake* intake, std::string* error);
  std::int64_t id() const { return id_; }  // 0: plain memory
  bool lost() const { return lost_id_ != 0; }
  std::int64_t lost_id() const { return lost_id_; }
  // False: the store has another id or file now.
  bool Follows(const std::string& store_id, const FileId& file) const {
    return store_id == store_id_ && file == origin_.file;
  }
  void Follow(const std::string& store_id, const FileId& file, Intake* intake);
  // The memory's folder, if the store has to know it because not every process looks there; else
  // empty.
  std::string PlaceToTell() const;
  void End();  // the store has everything that is in it

  // --- The file's name. False: it has just been lost. `position`: how far the intake is written.
  bool Look(BootTime now, std::uint64_t position);
  // Called before each step of a worker that sleeps between steps. A worker that runs all the time
  // needs no watch, which costs: Linux takes some 10 ms to end one.
  void Watch();
  // Readable when it is time for a look; none: nobody tells.
  Waitable waitable() const { return id_ == 0 ? Waitable() : watch_.waitable(); }
  // When to look although nobody tells; never: when the next record comes, which must wake the
  // worker.
  BootTime NextLook(std::uint64_t position) const;
  bool MustSeeNextRecord(std::uint64_t position) const {
    return id_ != 0 && !waitable().ok() && NextLook(position).IsNever();
  }

 private:
  bool MakeIn(const std::string& folder, std::size_t bytes, std::size_t least, Intake* intake,
              std::string* error);
  std::string PathIn(const std::string& folder) const;

  std::string only_;
  std::vector<std::string> to_make_, to_read_;
  UserId other_user_ = 0;  // the user that this one may act for; this one itself: none
  std::vector<std::string> others_;

  SharedMemory memory_;
  NameWatch watch_;
  bool watched_ = false;  // true also if the system has no watch to give
  std::string folder_;
  std::string store_id_;
  IntakeOrigin origin_;
  std::int64_t id_ = 0, lost_id_ = 0;
  BootTime asked_at_, looked_at_;
  std::uint64_t looked_to_ = 0;
  bool news_ = false;  // records came before the last look
};

template <class Body>
void IntakeMemory::ForEachFile(const std::string& prefix, const Body& body) const {
  const auto in = [&](const std::string& folder, UserId user) {
    std::string begin = folder;
    begin.append("/").append(prefix);
    for (const std::string& path : FilesBeginningWith(begin)) {
      LeftMemory left;
      if (left.Open(path, user)) body(path, &left);
    }
  };
  if (!only_.empty()) return in(only_, ThisUser());
  const UserId self = ThisUser();
  for (const std::string& folder : to_read_) {
    if (IsMemoryFolder(folder, self)) {
      in(folder, self);
    } else if (other_user_ != self && IsMemoryFolder(folder, other_user_)) {
      in(folder, other_user_);
    }
  }
}

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_INTAKE_INTAKE_MEMORY_H_
