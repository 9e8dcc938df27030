#include "agent/store/send_notes.h"

#include <cstdlib>

namespace embeddables {
namespace {

constexpr std::int64_t kAgainMs = 60'000;
constexpr char kDelivery[] = "last_delivery";
constexpr char kFailure[] = "last_failure";

// "AGE WAITING_FOR STATUS WORDS"; the numbers are the enumerators'.
std::string Written(const SendNotes::Failure& failure) {
  return std::to_string(failure.at.ms()) + " " +
         std::to_string(static_cast<unsigned>(failure.waits_for)) + " " +
         std::to_string(failure.http_status) + " " + failure.words;
}

bool Parse(const std::string& text, SendNotes::Failure* failure) {
  char* at = nullptr;
  failure->at = AgeOf(std::strtoll(text.c_str(), &at, 10));
  const long waits_for = std::strtol(at, &at, 10);
  const long status = std::strtol(at, &at, 10);
  if (*at != ' ' || waits_for < 0 || waits_for > static_cast<long>(WaitingFor::kServer) ||
      status < 0 || status > 999) {
    return false;
  }
  failure->waits_for = static_cast<WaitingFor>(waits_for);
  failure->http_status = static_cast<int>(status);
  failure->words = at + 1;
  return true;
}

}  // namespace

bool SendNotes::Read(Database* database, Noted* noted) {
  Statement read;
  if (!read.Prepare(database,
                    "SELECT key,value FROM meta WHERE key IN ('last_delivery','last_failure')")) {
    return false;
  }
  *noted = Noted();
  while (read.Next()) {
    Failure failure;
    if (read.Text(0) == kDelivery) {
      noted->delivery = AgeOf(std::strtoll(read.Text(1).c_str(), nullptr, 10));
    } else if (Parse(read.Text(1), &failure)) {
      noted->failure = failure;
    }
  }
  return !read.failed();
}

void SendNotes::Delivered() {
  delivered_ = age_.Now();
  delivery_waits_ = true;
}

void SendNotes::Failed(WaitingFor waits_for, int http_status, std::string_view words) {
  failure_ = Failure{age_.Now(), waits_for, http_status, std::string(words)};
}

bool SendNotes::Set(const char* key, const std::string& value) {
  Statement set;
  return set.Prepare(&db_, "INSERT OR REPLACE INTO meta(key,value) VALUES(?1,?2)") &&
         set.Bind(std::string(key), value).Run();
}

bool SendNotes::IsNews(const Failure& failure) const {
  const std::optional<Failure>& before = noted_.failure;
  const std::optional<AgeTime>& delivery = delivery_waits_ ? delivered_ : noted_.delivery;
  return !before || before->waits_for != failure.waits_for ||
         before->http_status != failure.http_status || before->words != failure.words ||
         (delivery && *delivery >= before->at) || failure.at - before->at >= kAgainMs;
}

bool SendNotes::Write() {
  written_ = Noted();
  if (!delivery_waits_ && !failure_) return true;
  if (!known_ && !Read(&db_, &noted_)) return false;
  known_ = true;
  if (failure_ && IsNews(*failure_)) {
    if (!Set(kFailure, Written(*failure_))) return false;
    written_.failure = failure_;
  }
  if (!delivery_waits_) return true;
  const std::optional<Failure>& failure = written_.failure ? written_.failure : noted_.failure;
  const bool since = !noted_.delivery || (failure && failure->at >= *noted_.delivery);
  if (!since && *delivered_ - *noted_.delivery < kAgainMs) return true;
  written_.delivery = delivered_;
  return Set(kDelivery, std::to_string(delivered_->ms()));
}

void SendNotes::Committed() {
  failure_.reset();
  delivery_waits_ = false;
  if (written_.failure) noted_.failure = written_.failure;
  if (written_.delivery) noted_.delivery = written_.delivery;
  written_ = Noted();
}

void SendNotes::Forget() {
  failure_.reset();
  delivery_waits_ = false;
  written_ = Noted();
  noted_ = Noted();
  known_ = false;
}

bool SendNotes::Erase() {
  Forget();
  return db_.Execute("DELETE FROM meta WHERE key='last_failure'");
}

}  // namespace embeddables
