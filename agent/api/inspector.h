// Puts together what a store's file, the intakes in memory and the processes' status pages say.
//
// The parts are read one after the other, while others write. The order of IntakeCopies makes them
// one picture; if they do not agree, all is read again.

#ifndef EMBEDDABLES_AGENT_API_INSPECTOR_H_
#define EMBEDDABLES_AGENT_API_INSPECTOR_H_

#include <cstdint>
#include <string>
#include <utility>

#include "agent/intake/intake_copies.h"
#include "agent/store/store_reader.h"
#include "embeddables/agent.h"
#include "platform/clock.h"

namespace embeddables {

class Inspector {
 public:
  // `store`: the absolute path of its file.
  Inspector(const std::string& store, const Clock& clock)
      : path_(store), clock_(clock), reader_(store, clock), copies_(store) {}

  Status Look(Inspection* out);

 private:
  // One look at everything. *agree: the parts fit together.
  Status ReadAll(bool* agree);
  bool CountDelivered();
  void AddMemory(Inspection* out);
  ProcessStatus Describe(const IntakeCopy& copy, std::uint64_t in_memory) const;
  Reason ReasonOf(const LiveStatus& status) const;
  void AddNotes(Inspection* out) const;
  void FindSender(Inspection* out) const;
  Reason Otherwise(const Inspection& seen) const;
  void AddSettings(Inspection* out) const;
  void AddFiles(Inspection* out) const;

  const std::string path_;
  const Clock& clock_;
  StoreReader reader_;
  IntakeCopies copies_;
  StoreContents contents_;
  std::uint64_t delivered_rows_ = 0;  // delivered, and not settled in the file
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_API_INSPECTOR_H_
