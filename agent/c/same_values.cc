// The numbers of agent_c.h are those of agent.h, so that a cast is enough to go from one to the
// other. tests/twins.sh sees to it that none is missing here.

#include "embeddables/agent.h"
#include "embeddables/agent_c.h"
#include "embeddables/parts.h"

namespace embeddables {

#define SAME(number, enumerator) \
  static_assert(static_cast<int>(enumerator) == (number), "agent_c.h has agent.h's numbers")

SAME(EMB_STATUS_OK, StatusCode::kOk);
SAME(EMB_STATUS_INVALID_ARGUMENT, StatusCode::kInvalidArgument);
SAME(EMB_STATUS_QUEUE_FULL, StatusCode::kQueueFull);
SAME(EMB_STATUS_CONSENT_DENIED, StatusCode::kConsentDenied);
SAME(EMB_STATUS_NOT_RUNNING, StatusCode::kNotRunning);
SAME(EMB_STATUS_DEADLINE_EXCEEDED, StatusCode::kDeadlineExceeded);
SAME(EMB_STATUS_UNAVAILABLE, StatusCode::kUnavailable);
SAME(EMB_STATUS_CREDENTIALS, StatusCode::kCredentials);
SAME(EMB_STATUS_STORE_UNUSABLE, StatusCode::kStoreUnusable);
SAME(EMB_STATUS_NOT_FOUND, StatusCode::kNotFound);
SAME(EMB_STATUS_OUT_OF_MEMORY, StatusCode::kOutOfMemory);
SAME(EMB_TYPE_NULL, Value::Type::kNull);
SAME(EMB_TYPE_BOOL, Value::Type::kBool);
SAME(EMB_TYPE_INT, Value::Type::kInt);
SAME(EMB_TYPE_UINT, Value::Type::kUint);
SAME(EMB_TYPE_DOUBLE, Value::Type::kDouble);
SAME(EMB_TYPE_STRING, Value::Type::kString);
SAME(EMB_TYPE_RAW, Value::Type::kRaw);
SAME(EMB_GROUP_PLAIN, Prop::Group::kPlain);
SAME(EMB_GROUP_METRIC, Prop::Group::kMetric);
SAME(EMB_GROUP_DIMENSION, Prop::Group::kDimension);
SAME(EMB_PRIORITY_VOLATILE, Priority::kVolatile);
SAME(EMB_PRIORITY_LOW, Priority::kLow);
SAME(EMB_PRIORITY_NORMAL, Priority::kNormal);
SAME(EMB_PRIORITY_CRITICAL, Priority::kCritical);
SAME(EMB_DROP_REASON_ROW_BOUND, DropReason::kRowBound);
SAME(EMB_DROP_REASON_BYTE_BOUND, DropReason::kByteBound);
SAME(EMB_DROP_REASON_AGE, DropReason::kAge);
SAME(EMB_DROP_REASON_UNIDENTIFIED, DropReason::kUnidentified);
SAME(EMB_DROP_REASON_CONSENT, DropReason::kConsent);
SAME(EMB_DROP_REASON_PURGED, DropReason::kPurged);
SAME(EMB_DROP_REASON_VOLATILE, DropReason::kVolatile);
SAME(EMB_DROP_REASON_DAMAGED, DropReason::kDamaged);
SAME(EMB_DROP_REASON_STORE_FAILED, DropReason::kStoreFailed);
SAME(EMB_WAITING_FOR_NOTHING, WaitingFor::kNothing);
SAME(EMB_WAITING_FOR_CONSENT, WaitingFor::kConsent);
SAME(EMB_WAITING_FOR_IDENTITY, WaitingFor::kIdentity);
SAME(EMB_WAITING_FOR_OFFLINE, WaitingFor::kOffline);
SAME(EMB_WAITING_FOR_PAUSED, WaitingFor::kPaused);
SAME(EMB_WAITING_FOR_BACKOFF, WaitingFor::kBackoff);
SAME(EMB_WAITING_FOR_CREDENTIALS, WaitingFor::kCredentials);
SAME(EMB_WAITING_FOR_BREAKER, WaitingFor::kBreaker);
SAME(EMB_WAITING_FOR_OTHER_PROCESS, WaitingFor::kOtherProcess);
SAME(EMB_WAITING_FOR_STORE, WaitingFor::kStore);
SAME(EMB_WAITING_FOR_UNKNOWN_USER, WaitingFor::kUnknownUser);
SAME(EMB_WAITING_FOR_SERVER, WaitingFor::kServer);
SAME(EMB_OUTCOME_KIND_DELIVERED, OutcomeKind::kDelivered);
SAME(EMB_OUTCOME_KIND_REJECTED, OutcomeKind::kRejected);
SAME(EMB_OUTCOME_KIND_DROPPED, OutcomeKind::kDropped);
SAME(EMB_OUTCOME_KIND_UNCONFIRMED, OutcomeKind::kUnconfirmed);
SAME(EMB_OUTCOME_KIND_UNKNOWN_USER, OutcomeKind::kUnknownUser);
SAME(EMB_OUTCOME_KIND_CREDENTIALS, OutcomeKind::kCredentials);
SAME(EMB_OUTCOME_KIND_NETWORK, OutcomeKind::kNetwork);
SAME(EMB_OUTCOME_KIND_TLS, OutcomeKind::kTls);
SAME(EMB_OUTCOME_KIND_API_CHANGED, OutcomeKind::kApiChanged);
SAME(EMB_OUTCOME_KIND_NEAR_BOUND, OutcomeKind::kNearBound);
SAME(EMB_OUTCOME_KIND_STORE_FAILED, OutcomeKind::kStoreFailed);
SAME(EMB_OUTCOME_KIND_STORE_RECOVERED, OutcomeKind::kStoreRecovered);
SAME(EMB_OUTCOME_KIND_STORE_DAMAGED, OutcomeKind::kStoreDamaged);
SAME(EMB_OUTCOME_KIND_SERVER, OutcomeKind::kServer);
SAME(EMB_OUTCOME_KIND_STORE_FILE, OutcomeKind::kStoreFile);
SAME(EMB_LOG_LEVEL_DEBUG, LogLevel::kDebug);
SAME(EMB_LOG_LEVEL_INFO, LogLevel::kInfo);
SAME(EMB_LOG_LEVEL_WARNING, LogLevel::kWarning);
SAME(EMB_LOG_LEVEL_ERROR, LogLevel::kError);
SAME(EMB_CONSENT_UNKNOWN, Consent::kUnknown);
SAME(EMB_CONSENT_GIVEN, Consent::kGiven);
SAME(EMB_CONSENT_DENIED, Consent::kDenied);
SAME(EMB_CONSENT_POLICY_AS_STORED, ConsentPolicy::kAsStored);
SAME(EMB_CONSENT_POLICY_REQUIRED, ConsentPolicy::kRequired);
SAME(EMB_CONSENT_POLICY_NOT_REQUIRED, ConsentPolicy::kNotRequired);
SAME(EMB_NETWORK_STATE_UNKNOWN, NetworkState::kUnknown);
SAME(EMB_NETWORK_STATE_AVAILABLE, NetworkState::kAvailable);
SAME(EMB_NETWORK_STATE_UNAVAILABLE, NetworkState::kUnavailable);
SAME(EMB_HTTP_VERSION_HTTP2, HttpVersion::kHttp2);
SAME(EMB_HTTP_VERSION_HTTP1, HttpVersion::kHttp1);
SAME(EMB_DURABILITY_BUFFERED, Durability::kBuffered);
SAME(EMB_HTTP_ERROR_NONE, HttpError::kNone);
SAME(EMB_HTTP_ERROR_RESOLVE, HttpError::kResolve);
SAME(EMB_HTTP_ERROR_CONNECT, HttpError::kConnect);
SAME(EMB_HTTP_ERROR_TLS, HttpError::kTls);
SAME(EMB_HTTP_ERROR_TIMEOUT, HttpError::kTimeout);
SAME(EMB_HTTP_ERROR_BROKEN, HttpError::kBroken);
SAME(EMB_DURABILITY_IMMEDIATE, Durability::kImmediate);

#undef SAME

}  // namespace embeddables
