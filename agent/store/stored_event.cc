#include "agent/store/stored_event.h"

namespace embeddables {

// Compiled once: inline in each place that copies or moves one, these are the larger part of it.
StoredEvent::StoredEvent() = default;
StoredEvent::StoredEvent(const StoredEvent&) = default;
StoredEvent::StoredEvent(StoredEvent&&) noexcept = default;
StoredEvent& StoredEvent::operator=(const StoredEvent&) = default;
StoredEvent& StoredEvent::operator=(StoredEvent&&) noexcept = default;
StoredEvent::~StoredEvent() = default;

Settlement::Settlement() = default;
Settlement::Settlement(const Settlement&) = default;
Settlement::Settlement(Settlement&&) noexcept = default;
Settlement& Settlement::operator=(const Settlement&) = default;
Settlement& Settlement::operator=(Settlement&&) noexcept = default;
Settlement::~Settlement() = default;

}  // namespace embeddables
