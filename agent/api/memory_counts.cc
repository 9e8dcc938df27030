#include "agent/api/memory_counts.h"

#include <cstddef>
#include <string_view>

#include "agent/event/event.h"
#include "agent/intake/intake.h"
#include "agent/intake/intake_layout.h"
#include "agent/intake/left_over_intake.h"

namespace embeddables {
namespace {

DropReason EndOf(const Record& record, bool alive, Consent consent, bool* ends) {
  *ends = true;
  if (consent == Consent::kDenied) return DropReason::kConsent;
  *ends = !alive && record.priority == Priority::kVolatile;
  return DropReason::kVolatile;
}

void CountDropped(DropReason reason, Ledger* ledger) {
  ++ledger->accepted;
  ++ledger->dropped[static_cast<std::size_t>(reason)];
}

void CountEvent(const Record& record, MemoryCounts* counts) {
  ++counts->ledger.accepted;
  ++counts->ledger.pending;
  ++counts->waiting;
  const BootTime tracked = BootOf(record.boot_ms);
  counts->oldest = counts->oldest ? Sooner(*counts->oldest, tracked) : tracked;
}

}  // namespace

MemoryCounts CountMemory(IntakeCopy* copy, const IntakeCopies::Positions& absorbed,
                         Consent consent) {
  MemoryCounts counts;
  LeftOverIntake& events = copy->records;
  if (copy->alive) events.StopAtUnwritten();
  const auto at = absorbed.find(events.instance());
  if (at != absorbed.end()) {
    if (Intake::Reached(at->second & intake::kUnitMask, events.end())) return counts;
    events.SkipTo(at->second);
  }
  std::string_view bytes;
  while (events.Next(&bytes)) {
    Record record;
    if (!DecodeRecord(bytes, &record)) {
      if (!copy->alive) CountDropped(DropReason::kDamaged, &counts.ledger);
    } else if (record.kind == RecordKind::kEvent) {
      bool ends = false;
      const DropReason why = EndOf(record, copy->alive, consent, &ends);
      ends ? CountDropped(why, &counts.ledger) : CountEvent(record, &counts);
    }
  }
  const std::uint64_t delivered = events.TakeDelivered();
  counts.ledger.accepted += delivered;
  counts.ledger.delivered += delivered;
  return counts;
}

}  // namespace embeddables
