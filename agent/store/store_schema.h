// The store's tables, and the steps from an older version's to today's.
//
// Steps are only ever added: step n turns version n into version n + 1, and version 0 is an empty
// file. All missing steps run in one transaction, so a store has one version or the other, wherever
// the process dies. A store that is newer than the last step is never touched.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_SCHEMA_H_
#define EMBEDDABLES_AGENT_STORE_STORE_SCHEMA_H_

#include <cstdint>

#include "agent/store/store_sql.h"

namespace embeddables {

struct SchemaSteps {
  const char* const* sql;
  std::int64_t version;  // the number of steps: the version that they lead to
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
// The file itself is writable: if SQLite will not write to it, the header is at fault.
FileState Examine(Database* database, const SchemaSteps& steps);

// Runs the missing steps; if there are none, nothing is written. False: nothing is changed; the
// transaction stays open with the error's words, like Examine's.
bool BringUpToDate(Database* database, const SchemaSteps& steps);

// The table of volatile events: they share the connection's transactions but live in its memory.
bool MakeVolatileTable(Database* database);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_SCHEMA_H_
