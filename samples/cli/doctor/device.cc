// The disk, the store, the memory and the processes. Nothing here changes any of them.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "samples/cli/doctor/device_system.h"
#include "samples/cli/doctor/patient.h"
#include "samples/cli/doctor/sync_time.h"
#include "samples/cli/health.h"
#include "samples/cli/print.h"
#include "samples/cli/system.h"

namespace cli {

using namespace embeddables;
namespace fs = std::filesystem;

namespace {

std::string Mebibytes(std::uint64_t bytes) {
  constexpr std::uint64_t kMebibyte = 1 << 20;
  return bytes < kMebibyte ? std::to_string(bytes) + " bytes"
                           : std::to_string(bytes / kMebibyte) + " MiB";
}

// The folder of the store's file or, before there is one, the next above that is there.
std::string FolderOf(const std::string& store) {
  std::error_code error;
  fs::path folder = fs::u8path(store).parent_path();
  while (!fs::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
  return folder.empty() ? "." : folder.u8string();
}

Check Disk(const Patient& patient, const std::string& folder) {
  constexpr std::uint64_t kLeast = 64 * 1024;  // with less, not even one event can be stored
  std::error_code error;
  const std::uint64_t free = fs::space(fs::u8path(folder), error).available;
  if (error) {
    return {"disk", Verdict::kNotKnown, Printable(folder) + " cannot be looked at", "", kStore};
  }
  const StoreBounds bounds = patient.inspected.ok() ? patient.seen.bounds : StoreBounds();
  const std::uint64_t wanted = bounds.min_free_bytes;
  Check check{"disk", Verdict::kOk, Mebibytes(free) + " are free in " + Printable(folder), "",
              kStore};
  if (free >= kLeast && free >= wanted) return check;
  check.verdict = free < kLeast ? Verdict::kFail : Verdict::kWarn;
  check.what +=
      free < kLeast ? "" : ", less than the " + Mebibytes(wanted) + " to be left to others";
  check.next = free < kLeast ? "make room: nothing can be stored"
                             : "make room, or old events are dropped; or have track or "
                               "flush lower it with --min-free-bytes";
  return check;
}

Check Sync(const Patient& patient, const std::string& folder) {
  constexpr std::chrono::milliseconds kSlow{200};
  const SyncTime time = MeasureSync(folder, patient.settings->timeout());
  const std::string took = std::to_string(static_cast<std::uint64_t>(time.longest.count())) + " ms";
  if (!time.done) {
    return {"fsync", Verdict::kFail, Printable(folder) + ": " + Printable(time.why),
            "check the mount (read-only?), the folder's owner and the disk itself", kStore};
  }
  if (time.longest < kSlow) {
    return {"fsync", Verdict::kOk, "the disk keeps a page after " + took, "", kStore};
  }
  return {"fsync", Verdict::kWarn, "the disk keeps a page only after " + took,
          "a longer --persist-interval asks it less often", kStore};
}

// --- The store.

std::string Advice(Health health) {
  switch (health) {
    case Health::kHealthy:
      return "";
    case Health::kWaiting:
      return "the checks of the network say what holds them up";
    case Health::kStore:
      return std::string(kCheckFiles) + " the store's file and folder, and the free disk";
    case Health::kCredentials:
      return "correct key, project or URL, then `embeddables-agent flush --now`";
    case Health::kNobodySends:
      return "start the program that sends, or run `embeddables-agent flush`";
    case Health::kPerson:
      return "`embeddables-agent status` says whether for consent, an identifier or an entry";
    case Health::kLost:
      return "`embeddables-agent status` counts them, `embeddables-agent dead-letters list` shows "
             "those that were kept";
  }
  return "";
}

Verdict VerdictOf(Health health) {
  if (health == Health::kHealthy) return Verdict::kOk;
  const bool fails = health == Health::kStore || health == Health::kCredentials;
  return fails ? Verdict::kFail : Verdict::kWarn;
}

// Files that were set aside because they were damaged.
std::size_t CountDamaged(const std::string& store) {
  const fs::path prefix = fs::u8path(store + ".damaged-").filename();
  std::error_code error;
  std::size_t count = 0;
  for (fs::directory_iterator each(fs::u8path(FolderOf(store)), error), end; !error && each != end;
       each.increment(error)) {
    if (each->path().filename().native().rfind(prefix.native(), 0) == 0) ++count;
  }
  return count;
}

Check Store(const Patient& patient) {
  const char* kName = "store";
  if (patient.inspected.code() == StatusCode::kNotFound) {
    return {kName, Verdict::kNotKnown, "there is none yet at " + Printable(patient.store),
            "if the program has made one, " +
                (patient.settings->options->HowGiven("--store") != Given::kNowhere
                     ? patient.Source("--store") + " names another place"
                     : "its project and embeddable are others"),
            kStore};
  }
  if (!patient.inspected.ok()) {
    return {kName, Verdict::kFail, Say(patient.inspected, *patient.settings),
            "run the doctor as the store's owner, or restore the file", kStore};
  }
  Check check{kName, Verdict::kOk, "", "", kStore};
  if (!patient.seen.ledger.balanced()) {
    check.verdict = Verdict::kFail;
    check.what = "its ledger does not add up";
    check.next = "keep a copy of the file, and tell whoever maintains the agent";
    return check;
  }
  const Health health = Judge(patient.seen, HealthLimits(), &check.what);
  check.verdict = VerdictOf(health);
  check.next = Advice(health);
  if (health == Health::kCredentials) check.exit = kCredentials;
  const std::size_t damaged = CountDamaged(patient.store);
  if (health == Health::kHealthy && damaged > 0) {
    check.verdict = Verdict::kWarn;
    check.what += ", and " + std::to_string(damaged) + " damaged files were set aside";
    check.next = "look at the disk; `" + Printable(patient.store) +
                 ".damaged-*` are no longer needed by the agent";
  }
  return check;
}

// --- Memory and processes.

Check MemoryOfProcesses(const Inspection& seen) {
  std::string files;
  bool sender_tells = false;
  for (const ProcessStatus& process : seen.processes) {
    sender_tells = sender_tells || process.sender;
    files += (files.empty() ? "" : ", ") + Printable(process.memory_file);
  }
  if (seen.sends && !sender_tells) {
    return {"memory", Verdict::kWarn,
            "the process that sends keeps its events in plain memory: a crash of it takes them",
            std::string("look at --crash-safe-intake there, and whether it can write to ") +
                kMemoryPlaces,
            kStore};
  }
  return {"memory", Verdict::kOk, "crash-safe, in " + files, "", kStore};
}

Check Memory(const Patient& patient) {
  const char* kName = "memory";
  const Inspection& seen = patient.seen;
  if (patient.inspected.ok() && (seen.sends || !seen.processes.empty())) {
    return MemoryOfProcesses(seen);
  }
  if (!patient.config().crash_safe_intake) {
    return {kName, Verdict::kWarn,
            patient.Source("--crash-safe-intake") +
                " turns it off: a crash takes what is not "
                "stored yet",
            "leave it out", kStore};
  }
  const std::string folder = MemoryFolder();
  if (folder.empty()) {
    return {kName, Verdict::kWarn,
            "no folder in memory can be written: a crash takes what is not "
            "stored yet",
            kMemoryAdvice, kStore};
  }
  return {kName, Verdict::kOk, "no process runs; the next keeps its events in " + Printable(folder),
          "", kStore};
}

Check Processes(const Patient& patient) {
  const char* kName = "processes";
  if (!patient.inspected.ok()) return {kName, Verdict::kNotKnown, "see the store", "", kStore};
  if (!patient.seen.complete) {
    return {kName, Verdict::kNotKnown, "this user cannot see those of the store's owner",
            "run the doctor as the store's owner", kStore};
  }
  std::string list;
  bool other = false;
  for (const ProcessStatus& process : patient.seen.processes) {
    const bool tells = process.pid != 0 && !process.version.empty();
    other = other || !tells || process.version != kVersion;
    list += (list.empty() ? "" : ", ") +
            (tells ? std::to_string(process.pid) + " of version " + Printable(process.version)
                   : std::string("one of a version that does not tell")) +
            (process.sender ? " (sends)" : "");
  }
  if (list.empty()) {
    list =
        patient.seen.sends ? "one sends, and tells nothing of itself" : "none has the store open";
  }
  if (!other) return {kName, Verdict::kOk, list, "", kStore};
  return {kName, Verdict::kWarn, list,
          std::string("this is version ") + kVersion + ": bring all to one version", kStore};
}

// --- Flash.

Check Flash() {
  constexpr unsigned kWorn = 9, kOver = 11;
  const char* kName = "flash";
  const std::vector<Wear> all = ReadWear();
  if (all.empty())
    return {kName, Verdict::kNotKnown, "the system tells of no flash life", "", kStore};
  const Wear worst = *std::max_element(
      all.begin(), all.end(), [](const Wear& a, const Wear& b) { return a.tenths < b.tenths; });
  Check check{kName, Verdict::kOk, "", "", kStore};
  check.what = worst.tenths >= kOver
                   ? worst.device + " is past its life"
                   : worst.device + " has used " + std::to_string((worst.tenths - 1) * 10) +
                         " to " + std::to_string(worst.tenths * 10) + " % of its life";
  if (worst.tenths >= kWorn) {
    check.verdict = worst.tenths >= kOver ? Verdict::kFail : Verdict::kWarn;
    check.next = "replace it; a longer --persist-interval writes less";
  }
  return check;
}

}  // namespace

void CheckDevice(const Patient& patient, Checks* checks) {
  if (patient.store.empty()) {
    for (const char* name : {"disk", "fsync", "store", "memory", "processes"}) {
      checks->push_back({name, Verdict::kNotKnown, "no store is chosen", "", kStore});
    }
  } else {
    const std::string folder = FolderOf(patient.store);
    checks->push_back(Disk(patient, folder));
    checks->push_back(Sync(patient, folder));
    checks->push_back(Store(patient));
    checks->push_back(Memory(patient));
    checks->push_back(Processes(patient));
  }
  checks->push_back(Flash());
}

}  // namespace cli
