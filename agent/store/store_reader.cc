#include "agent/store/store_reader.h"

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <thread>
#include <utility>

#include "agent/store/intakes.h"
#include "agent/store/ledger_book.h"
#include "agent/store/looking_vfs.h"
#include "agent/store/store_facts.h"
#include "agent/store/store_schema.h"
#include "platform/other_libraries.h"
#include "platform/shared_memory.h"

namespace embeddables {
namespace {

// How long a store that changes all the time, or is locked against reading, is tried again.
constexpr auto kPatience = std::chrono::seconds(2);
constexpr auto kBetweenTries = std::chrono::milliseconds(2);
constexpr std::uint64_t kLogHeaderBytes = 32;  // sqlite.org/fileformat2.html#walformat
// There are as many as processes; a file may say anything.
constexpr std::size_t kMostFolders = 64;

// Escapes all that means something in a URI, and what is not ASCII.
std::string UriOf(const std::string& path, const char* how) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  const std::string whole = PathForLibraries(path);
  // Without the slashes, those of a path that begins with two would name a host.
  std::string uri = whole.front() == '/' ? "file://" : "file:";
  for (const char c : whole) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '/' || c == '.' || c == '-' || c == '_';
    if (plain) {
      uri += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    uri += '%';
    uri += kDigits[byte >> 4];
    uri += kDigits[byte & 15];
  }
  return uri + how;
}

}  // namespace

bool StoreReader::Files::operator==(const Files& other) const {
  return file == other.file && log == other.log && bytes == other.bytes &&
         log_bytes == other.log_bytes && changed == other.changed &&
         log_changed == other.log_changed && is_there == other.is_there &&
         has_log == other.has_log && has_index == other.has_index;
}

StoreReader::Files StoreReader::LookAtFiles() const {
  Files files;
  FileId index;
  files.is_there = FindFile(path_, &files.file, &files.bytes) == Presence::kThere;
  files.has_log = FindFile(path_ + "-wal", &files.log, &files.log_bytes) == Presence::kThere;
  files.has_index = FindFile(path_ + "-shm", &index) == Presence::kThere;
  files.changed = ModifiedNs(path_);
  files.log_changed = ModifiedNs(path_ + "-wal");
  return files;
}

// An empty log says nothing; but processes may be about to write to it. A power cut may leave one
// of a header alone, and SQLite would wait ten seconds for who writes the rest.
StoreReader::Way StoreReader::Choose(const Files& files) const {
  const UserId self = ThisUser();
  const bool trusted =
      OwnerOf(path_) == self && OwnerOf(path_ + "-shm") == self && !index_is_stale_;
  const bool header_alone = files.log_bytes == kLogHeaderBytes;
  if (files.has_log && files.has_index && trusted && !header_alone) return Way::kShared;
  return files.log_bytes > 0 && !header_alone ? Way::kUnlocked : Way::kAlone;
}

Status StoreReader::Unreadable(const char* what, const std::string& detail) const {
  return Status(StatusCode::kStoreUnusable, what, detail.empty() ? path_ : detail + ": " + path_);
}

StoreReader::StoreReader(std::string path, const Clock& clock, std::chrono::milliseconds longest)
    : path_(std::move(path)),
      begun_(std::chrono::steady_clock::now()),
      end_(begun_ + longest),
      age_(clock) {}

bool StoreReader::late() const { return std::chrono::steady_clock::now() >= begun_ + kPatience; }

Status StoreReader::Look(const Body& body) {
  Status status;
  while (!Try(body, &status) && !late()) {
    std::this_thread::sleep_for(kBetweenTries);
  }
  return status;
}

bool StoreReader::Try(const Body& body, Status* status) {
  const Files files = LookAtFiles();
  if (!files.is_there) {
    FileId id;
    *status = FindFile(path_, &id) == Presence::kMissing
                  ? Status(StatusCode::kNotFound, "there is no store at this path", path_)
                  : Unreadable("the store cannot be read; check its owner, mode and folder");
    return true;
  }
  if (!IsPlainFile(path_)) {
    *status = Unreadable("a folder, a device or a pipe is no store; choose another path");
    return true;
  }
  *status = Status();
  if (files.bytes == 0 && files.log_bytes == 0) return true;
  const Way way = Choose(files);
  const LookingVfs vfs(way == Way::kShared);
  const char* how = way == Way::kShared  ? "?readonly_shm=1"
                    : way == Way::kAlone ? "?immutable=1"
                                         : "";
  const bool opened = vfs.name() != nullptr &&
                      db_.OpenToLook(UriOf(path_, how), vfs.name(), end_) &&
                      (way != Way::kUnlocked || db_.Execute("PRAGMA locking_mode=EXCLUSIVE"));
  *status = opened ? ReadWith(body) : Unreadable("the store cannot be read", db_.message());
  const bool locked = db_.locked();
  const bool index_failed = db_.unwritable() || db_.error_code() == SQLITE_CANTOPEN;
  db_.Close();
  const bool changed = way != Way::kShared && !(LookAtFiles() == files);
  index_is_stale_ = way == Way::kShared && !status->ok() && index_failed;
  if (changed) *status = Unreadable("the store changes all the time; try again");
  // Beside a process that writes, a failure may be its doing, within one tick of the files' clock.
  const bool doubtful = way == Way::kUnlocked && files.has_index;
  return !changed && !index_is_stale_ && (status->ok() || !(locked || doubtful));
}

Status StoreReader::Examined() {
  switch (Examine(&db_, kSchemaSteps)) {
    case FileState::kEmpty:
    case FileState::kOurs:
      return Status();
    case FileState::kNewer:
      return Unreadable("the store was written by a newer version of this library; update it");
    case FileState::kForeign:
      return Unreadable("the file is another program's database; choose another store");
    case FileState::kDamaged:
      return Unreadable("the store is damaged; the next agent that starts repairs it",
                        db_.message());
    case FileState::kUnreadable:
      break;
  }
  return Unreadable(db_.locked() ? "another program has locked the store"
                                 : "the store cannot be read; check its owner and mode",
                    db_.message());
}

Status StoreReader::ReadWith(const Body& body) {
  const Status usable = Examined();
  if (!usable.ok()) return usable;
  const bool read = db_.Execute("BEGIN") && db_.Ask("PRAGMA user_version", &version_) &&
                    (version_ == 0 || body(this));
  return read ? Status() : Unreadable("the store cannot be read", db_.message());
}

bool StoreReader::Read(StoreContents* contents) {
  *contents = StoreContents();
  AgeNote note;
  if (!ReadAgeNote(&db_, &note)) return false;
  const bool same_boot = age_.Start(note, true) != AgeStart::Boot::kAnother;
  LedgerBook ledger(&db_);
  std::int64_t letters = 0;
  if (!ledger.Prepare() || !ledger.Load() ||
      // Row by row, which can be ended: a crafted tree may have more leaves than bytes.
      !db_.Ask("SELECT COUNT(*) FROM dead_letter WHERE id>0", &letters)) {
    return false;
  }
  contents->ledger = ledger.stored();
  contents->dead_letters = static_cast<std::uint64_t>(letters);
  if (!ReadFacts(contents)) return false;
  // All waits end with the boot.
  if (!same_boot) contents->hold_until = contents->next_try = AgeTime();
  return ReadIntakes(contents) && SendNotes::Read(&db_, &contents->sent);
}

// Walks over all events only if none may be sent now.
bool StoreReader::ReadWaits(StoreContents* contents) {
  constexpr char kAnyMayGo[] =
      "SELECT EXISTS(SELECT 1 FROM event e CROSS JOIN identity i ON i.id=e.identity"
      " WHERE i.key IS NOT NULL AND e.due<=?1 AND i.hold_until<=?1)";
  constexpr char kFirst[] =
      "SELECT MIN(MAX(e.due,i.hold_until)),i.hold_until>=e.due"
      " FROM event e CROSS JOIN identity i ON i.id=e.identity WHERE i.key IS NOT NULL";
  std::int64_t anybody = 0, any = 0;
  const AgeTime now = age_.Now();
  if (!db_.Ask("SELECT EXISTS(SELECT 1 FROM identity WHERE key IS NOT NULL)", &anybody)) {
    return false;
  }
  contents->unidentified = contents->oldest && anybody == 0;
  if (anybody == 0 || !contents->oldest) return true;
  if (!db_.Ask(kAnyMayGo, &any, {now.ms()})) return false;
  if (any != 0) return true;
  Statement first;
  if (!first.Prepare(&db_, kFirst) || !first.Next()) return false;
  contents->unidentified = first.IsNull(0);
  contents->next_try = AgeOf(first.Int(0));
  contents->next_is_unknown = first.Int(1) != 0;
  return true;
}

// Rows come in the order of their events, except for letters that were requeued.
bool StoreReader::ReadFacts(StoreContents* contents) {
  Statement oldest;
  if (!oldest.Prepare(&db_, "SELECT born FROM event ORDER BY id LIMIT 1")) return false;
  if (oldest.Next()) contents->oldest = AgeOf(oldest.Int(0));
  const Config nothing_named;
  Settings settings(nothing_named, &db_);
  Settings::Noted noted;
  std::int64_t consent = 0, hold = 0;
  if (oldest.failed() || !ReadWaits(contents) || !settings.Read(&noted) ||
      !db_.Ask("SELECT ifnull((SELECT value FROM meta WHERE key='consent'),0)", &consent) ||
      !db_.Ask("SELECT ifnull((SELECT value FROM meta WHERE key='hold_until'),0)", &hold)) {
    return false;
  }
  settings.Learn(noted);
  contents->settings = settings.in_force();
  contents->consent = ConsentOf(consent);
  contents->hold_until = AgeOf(hold);
  return true;
}

bool StoreReader::ReadIntakes(StoreContents* contents) {
  constexpr std::string_view kPlaceKey = "memory_folder:";
  Statement texts, positions;
  if (!texts.Prepare(&db_,
                     "SELECT key,value FROM meta WHERE key='store_id'"
                     " OR key GLOB 'memory_folder:*'")) {
    return false;
  }
  while (texts.Next()) {
    const std::string key = texts.Text(0);
    if (key == "store_id") {
      contents->store_id = texts.Text(1);
    } else if (contents->memory_places.size() < kMostFolders) {
      contents->memory_places.push_back(key.substr(kPlaceKey.size()));
    }
  }
  if (!Intakes::IsStoreId(contents->store_id)) contents->store_id.clear();
  if (texts.failed() || version_ < 2) return !texts.failed();
  if (!positions.Prepare(&db_, "SELECT id,absorbed FROM intake")) return false;
  while (positions.Next()) {
    contents->absorbed[positions.Int(0)] =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, positions.Int(1)));
  }
  return !positions.failed();
}

bool StoreReader::CountRows(const std::vector<std::int64_t>& rows, std::uint64_t* count) {
  Statement find;
  *count = 0;
  if (rows.empty()) return true;
  if (!find.Prepare(&db_, "SELECT 1 FROM event WHERE id=?1")) return false;
  for (const std::int64_t row : rows) {
    if (find.Bind(row).Next()) ++*count;
    if (find.failed()) return false;
    find.Reset();
  }
  return true;
}

}  // namespace embeddables
