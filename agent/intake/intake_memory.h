// The intake's memory, where it outlives the process: a file, and the promise that the next start
// finds it.
//
//   none            plain memory
//   safe            made; it follows the store under whatever name and file that has
//   lost            somebody took its name away: what is in it would end with the process
//
// One file per agent: FOLDER/STORE-INTAKE.intake, both ids in hexadecimal, so that a store's files
// are found by its name. Whatever removes files in memory (the end of a session, a cleaner) tells
// nobody, so it is looked at after each Track, at the latest kLookMs later: when the system tells
// that something happened to the name, or by a look of the worker's. Idle, nobody looks.

#ifndef EMBEDDABLES_AGENT_INTAKE_INTAKE_MEMORY_H_
#define EMBEDDABLES_AGENT_INTAKE_INTAKE_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/intake/intake.h"
#include "agent/intake/intake_origin.h"
#include "platform/name_watch.h"
#include "platform/shared_memory.h"

namespace embeddables {

class IntakeMemory {
 public:
  // --- Places. On the host's thread: reads the environment. `store` is the database's path.
  // Returns what is wrong with the host's choice; null: nothing is.
  const char* Choose(const std::string& chosen, const std::string& store);
  // In place of all others.
  void UseFolder(const std::string& folder) { only_ = folder; }
  bool possible() const { return !only_.empty() || !to_make_.empty(); }
  // Other processes' own places, as the store knows them.
  void AddPlace(const std::string& folder);
  // All files in memory that are this user's, or one whom it may act for, and whose names begin
  // with `prefix`; opened to be read.
  template <class Body>  // void(const std::string& path, LeftMemory*)
  void ForEachFile(const std::string& prefix, const Body& body) const;

  // --- The file. `bytes` of the intake; less where there is less room, not below `least`. False,
  // with the reason in *error: there is none.
  bool Make(std::size_t bytes, std::size_t least, std::uint64_t seed, const std::string& store_id,
            const IntakeOrigin& origin, Intake* intake, std::string* error);
  std::int64_t id() const { return id_; }  // 0: not safe
  bool lost() const { return lost_id_ != 0; }
  std::int64_t lost_id() const { return lost_id_; }
  // The store has got another name or file.
  bool Follows(const std::string& store_id, const FileId& file) const {
    return store_id == store_id_ && file == origin_.file;
  }
  void Follow(const std::string& store_id, const FileId& file, Intake* intake);
  // Its folder is none where every process looks: the store has to know it. Empty: it is.
  std::string PlaceToTell() const;
  void End();  // nothing is in it that is not in the store

  // --- Its name. False: it has just been lost. `position`: how far the intake is written.
  bool Look(std::int64_t now, std::uint64_t position);
  // Before each step of who sleeps in between. Whoever looks all the time spares the system the
  // watch: Linux takes some 10 ms to end one.
  void Watch();
  // Readable when it is time for a look; -1: nobody tells.
  int descriptor() const { return id_ == 0 ? -1 : watch_.descriptor(); }
  // When to look although nobody tells; -1: when the next record comes, which must wake the worker.
  std::int64_t NextLook(std::uint64_t position) const;
  bool MustSeeNextRecord(std::uint64_t position) const {
    return id_ != 0 && descriptor() < 0 && NextLook(position) < 0;
  }

 private:
  bool MakeIn(const std::string& folder, std::size_t bytes, std::size_t least, Intake* intake,
              std::string* error);
  std::string PathIn(const std::string& folder) const;

  std::string only_;
  std::vector<std::string> to_make_, to_read_;
  UserId other_user_ = 0;  // for whom this one may act; itself: nobody else
  std::vector<std::string> others_;

  SharedMemory memory_;
  NameWatch watch_;
  bool watched_ = false;  // or the system has refused
  std::string folder_;
  std::string store_id_;
  IntakeOrigin origin_;
  std::int64_t id_ = 0, lost_id_ = 0;
  std::int64_t asked_at_ = 0, looked_at_ = 0;
  std::uint64_t looked_to_ = 0;
  bool news_ = false;  // something came before the last look
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
