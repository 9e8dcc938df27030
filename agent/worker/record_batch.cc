#include "agent/worker/record_batch.h"

#include <algorithm>

#include "agent/base/check.h"

namespace embeddables {
namespace {

// One transaction must fit in the write-ahead log's bound. Each ends with a sync, which takes
// milliseconds, so smaller ones could not keep up with 200,000 events per second.
constexpr std::size_t kChunkBytes = 1024 * 1024;

}  // namespace

RecordBatch::RecordBatch(const Config& config, StoreInUse& store, Courier& courier)
    : config_(config),
      store_(store),
      courier_(courier),
      limit_(static_cast<std::size_t>(std::min<std::uint64_t>(
          kChunkBytes, store->settings().in_force().max_store_bytes / 16))) {}

bool RecordBatch::Begin(std::size_t one) {
  if (store_->inbox().Begin(limit_ + config_.max_event_bytes)) return true;
  if (!store_->inbox().lacks_room()) return false;
  store_->inbox().Rollback();
  limit_ = one;
  return store_->inbox().Begin(one);
}

bool RecordBatch::Take(std::string_view bytes, StoredEvent* claimed) {
  EMB_CHECK(!full());
  bytes_ += bytes.size();
  Record record;
  if (!DecodeRecord(bytes, &record)) return true;  // cannot happen: EncodeEvent wrote it
  switch (record.kind) {
    case RecordKind::kEvent:
      if (store_->facts().Removed(BootTime(record.boot_ms))) {
        ++removed_;
        store_->inbox().AppendDropped(store_->facts().removed_for());
        return true;
      }
      ++events_;
      critical_ = critical_ || record.priority == Priority::kCritical;
      return store_->inbox().Append(record, bytes, claimed);
    case RecordKind::kIdentify:
      courier_.SendSoon();
      identified_ = true;
      return store_->inbox().Identify(record.identifier.key, ValueJson(record.identifier.value));
    case RecordKind::kReset:
      return store_->inbox().ResetIdentity();
  }
  return true;
}

void RecordBatch::Drop(std::string_view bytes, DropReason reason) {
  bytes_ += bytes.size();
  store_->inbox().AppendDropped(reason);
}

void RecordBatch::Tell(SenderRole& role, std::uint64_t untold) const {
  if (events_ > 0) courier_.EventsStored(untold, critical_);
  if (events_ == 0 && !identified_) return;
  role.Tell(critical_ ? SenderRole::Ring::kSendNow : SenderRole::Ring::kAppended);
}

}  // namespace embeddables
