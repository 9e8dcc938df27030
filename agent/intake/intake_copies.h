// The intakes of a store, of live and of dead processes, copied by one who only looks: no lock is
// taken, nothing is opened for writing.
//
// To count each event once, copy first, then read the store, then ask whether they Agree: what left
// an intake before it was copied is in the store by then, with the position up to which it left.
// api/memory_counts.h counts.

#ifndef EMBEDDABLES_AGENT_INTAKE_INTAKE_COPIES_H_
#define EMBEDDABLES_AGENT_INTAKE_INTAKE_COPIES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/intake/intake_origin.h"
#include "agent/intake/left_over_intake.h"
#include "agent/intake/live_status.h"
#include "platform/files.h"
#include "platform/shared_memory.h"

namespace embeddables {

struct IntakeCopy {
  std::string path;
  std::unique_ptr<LeftMemory> file;
  LeftOverIntake records;  // its rows may be settled by now
  bool alive = false;
  PageState page = PageState::kNone;
  LiveStatus status;  // if the page is whole
};

class IntakeCopies {
 public:
  // `store`: the absolute path of its file.
  explicit IntakeCopies(const std::string& store);

  // Copies all that belong to the store with this id, in the folders that every process knows and
  // in `places`.
  void Collect(const std::string& store_id, const std::vector<std::string>& places);
  std::vector<IntakeCopy>& all() { return all_; }
  const std::vector<IntakeCopy>& all() const { return all_; }
  // False: another user's processes may have memory that this user may not read, or there is more
  // than is ever copied.
  bool SeesAll() const;

  // `absorbed`: each intake's position in the store. False: an intake has changed in a way that
  // the store does not tell, so that the copies do not fit it.
  using Positions = std::unordered_map<std::int64_t, std::uint64_t>;
  bool Agree(const Positions& absorbed) const;

 private:
  void CollectIn(const std::string& folder, UserId owner, const std::string& store_id);
  void Copy(const std::string& path, UserId owner, bool named);
  bool Read(IntakeCopy* copy);

  IntakeOrigin own_;
  UserId owner_;
  std::vector<IntakeCopy> all_;
  std::size_t room_ = 0;  // for so many more bytes
  bool too_many_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_INTAKE_INTAKE_COPIES_H_
