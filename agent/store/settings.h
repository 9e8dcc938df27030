// The settings that belong to the store: its bounds, and whether consent is required. They hold for
// all processes on it.
//
// A value that a host names in its Config becomes the store's when the host's agent opens it, and
// the last one named wins: this process learns another's later word with the rest of the store's
// state, and does not name its own again. A value that nobody has named is that of a fresh store. A
// store of an earlier version says nothing: it is taken stock of once, and starts with what it
// holds where that is more, so that opening it drops nothing.
//
// Like a fact (store_facts.h), a named value is in force at once, and owed to the store until a
// transaction has written it. The values stand in `meta` under the names of Config's fields; older
// versions ignore them. A number there that nobody can have named counts as not said, but consent
// is required by anything that is not exactly 0. All functions work in the transaction under way,
// and begin none.

#ifndef EMBEDDABLES_AGENT_STORE_SETTINGS_H_
#define EMBEDDABLES_AGENT_STORE_SETTINGS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/store/age_clock.h"
#include "agent/store/store_sql.h"
#include "embeddables/agent.h"

namespace embeddables {

// The values in force; by default those of a fresh store.
struct InForce : StoreBounds {
  bool consent_required = false;
};

class Settings {
 public:
  static constexpr std::size_t kCount = 8;
  // One place for each value, in the order of InForce; empty: not said.
  using Values = std::array<std::optional<std::int64_t>, kCount>;
  // The words of a file.
  struct Noted {
    bool any = false;  // false: an earlier version wrote it, or it is being made
    Values values;
  };

  // The same as numbers, ages in hours, which may come from anybody.
  using Numbers = std::array<std::int64_t, kCount>;
  static Numbers ToNumbers(const InForce& values);
  static InForce ToInForce(const Numbers& any);

  Settings(const Config& config, Database* database) : config_(config), db_(*database) {}

  const InForce& in_force() const { return in_force_; }

  // Learning takes two steps, as for all state of the file. Owed values stay in force.
  bool Read(Noted* noted) { return ReadFrom(&db_, noted); }
  void Learn(const Noted& noted);
  // After the first Learn of a file: if that says nothing, it gets what this process knew before
  // the file was repaired, or else what it needs to keep what it holds. False: it cannot be read.
  bool TakeStock(const AgeClock& age);
  // Makes what the host has said since the last call the store's.
  void Name();

  // The store stands in for a file that may say that consent is required: so it is, unless the host
  // says otherwise.
  void RequireConsent();

  // Consent is required by the word of a process that died before the store took it, unless this
  // host says otherwise.
  void RequireFor(const char* who);
  bool owes_required() const { return owed_.back() && in_force_.consent_required; }

  bool owes() const { return owes_stock_ || owes_named(); }
  bool owes_named() const;
  bool WriteOwed();
  void Paid();

  // Makes what was named for the other store, and not for this one, this store's.
  void Owe(const Settings& other);
  // Reads what a file says that was set aside, as far as it can be read; if it says nothing, what
  // it needs to keep what it holds. `bytes`: the file's size; `age`: the file's own clock. False:
  // what it says of consent cannot be read.
  static bool ReadDamaged(Database* old, std::uint64_t bytes, const AgeClock& age, Noted* noted);
  static void Require(Noted* noted);
  // Writes into the fresh file what that does not say yet.
  static bool Adopt(const Noted& noted, Database* fresh);

  // For the host, before anything is dropped for it: values that are stricter from now on.
  std::vector<std::string> TakeRemarks() { return std::exchange(remarks_, {}); }

 private:
  static bool ReadFrom(Database* database, Noted* noted);
  static bool Measure(Database* database, std::uint64_t bytes, const AgeClock& age, Values* values);
  static bool Write(Database* database, std::size_t which, std::int64_t value, const char* how);
  void Take(std::size_t which, std::optional<std::int64_t> value, const char* by);

  const Config& config_;
  Database& db_;
  InForce in_force_;
  InForce unsaid_;  // in force where nobody has said anything
  Values said_;     // in the file, or owed to it
  Values named_;    // by the host so far
  bool learnt_ = false;
  bool file_says_ = false;
  bool owes_stock_ = false;
  std::array<bool, kCount> owed_{};
  std::vector<std::string> remarks_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_SETTINGS_H_
