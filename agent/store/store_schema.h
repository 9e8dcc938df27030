// The store's tables, and how those of an older version become today's.
//
// Steps are only ever added: step n makes version n + 1 out of version n, and version 0 is an empty
// file. All steps that are missing run in one transaction, so a store is of one version or the
// other, wherever the process dies. A version that is newer than the last step is never touched.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_SCHEMA_H_
#define EMBEDDABLES_AGENT_STORE_STORE_SCHEMA_H_

#include <cstdint>

#include "agent/store/store_sql.h"

namespace embeddables {

struct SchemaSteps {
  const char* const* sql;
  std::int64_t version;  // how many there are: what they lead to
};
extern const SchemaSteps kSchemaSteps;

enum class FileState : std::uint8_t {
  kEmpty,       // no tables yet
  kOurs,        // of this version or an older one
  kNewer,       // ours, of a newer version
  kForeign,     // another program's healthy database
  kDamaged,     // no database, or one that cannot be read
  kUnreadable,  // not now: locked, no permission, an I/O error
};
// The file itself can be written: that SQLite would not write it is its header's fault.
FileState Examine(Database* database, const SchemaSteps& steps);

// Runs the steps that are missing; where none is, nothing is written. False: nothing is changed;
// the transaction stays open with the error's words, as Examine's does.
bool BringUpToDate(Database* database, const SchemaSteps& steps);

// Volatile events share the connection's transactions but live in its memory.
bool MakeVolatileTable(Database* database);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_SCHEMA_H_
