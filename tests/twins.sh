#!/usr/bin/env bash
# Are the public headers twins? Each verb, field, enumerator and code of agent.h and parts.h must be in
# agent_c.h under the name that follows from it, and the other way round; so must each method of the
# interfaces that a host fills in, as a function pointer, and of HttpExchange, as a function. Each
# number must be compared in agent/c/same_values.cc. Prints what has no twin, and fails. Canaries,
# copies of the headers with one name taken out, show that it still looks.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."

# Names of one header that need no twin, and why.
only_cpp='
  struct:raw_json struct:is_character struct:is_prop_sequence  # forms of C++ for props
  struct:prop struct:identifier                                # emb_prop is both
  struct:http_header                                           # emb_header
  field:inspection.processes                                   # emb_inspect gives a list
'
only_c='
  verb:version verb:abi_version verb:status_message verb:status_name  # kVersion, Status
  verb:config_init verb:event_options_init                            # constructors
  verb:destroy                                                        # ~Agent
  verb:identify_prop                                                  # Identify with any Value
  verb:dead_letter_list_size verb:dead_letter_list_get verb:dead_letter_list_free  # std::vector
  verb:process_list_size verb:process_list_get verb:process_list_free
  verb:exchange_id verb:exchange_free                                 # std::shared_ptr
  field:transport.user_data field:clock.user_data                     # this
  struct:status struct:prop struct:header                             # classes, and a std::pair
  field:config.abi_version field:config.on_outcome_user_data field:config.on_log_user_data
  field:config.on_thread_user_data
'

# FILE: the names of the C++ header, as agent_c.h would spell them without its prefix.
of_cpp() {
  awk '
    function snake(name) {
      gsub(/[A-Z]/, "_&", name)
      sub(/^_/, "", name)
      return tolower(name)
    }
    { sub(/EMBEDDABLES_API /, ""); code = $0; sub(/(^|[ \t]+)\/\/.*/, "", code) }
    # Enumerators: on one line, or on the lines up to the end.
    code ~ /enum class [A-Za-z]+/ {
      match(code, /enum class [A-Za-z]+/)
      enum = substr(code, RSTART + 11, RLENGTH - 11)
      sub(/^.*\{/, "", code)
    }
    enum != "" {
      ends = index(code, "}")
      sub(/\}.*/, "", code)
      count = split(code, names, ",")
      for (i = 1; i <= count; ++i) {
        if (!match(names[i], /k[A-Z][A-Za-z0-9]*/)) continue
        prefix = enum == "StatusCode" ? "Status" : enum
        print "number:" toupper(snake(prefix) "_" snake(substr(names[i], RSTART + 1, RLENGTH - 1)))
      }
      if (ends) enum = ""
      next
    }
    # Fields: of structs, each on a line or several after a type.
    /^struct [A-Za-z_ ]+ \{$/ {
      struct = $(NF - 1)
      print "struct:" snake(struct)
      next
    }
    struct != "" && /^};/ { struct = "" }
    struct != "" { sub(/ = WallTime::min\(\)/, "", code) }
    struct != "" && code ~ /^  [A-Za-z].*[^;{}]$/ && code !~ /\(/ { begun = code; next }
    begun != "" { code = begun code; begun = "" }
    struct != "" && code ~ /;$/ && code !~ /\(/ && code ~ /^  [A-Za-z]/ {
      while (gsub(/\{[^{}]*\}/, "", code) || gsub(/<[^<>]*>/, "", code)) {}
      gsub(/ = [^,;]*/, "", code)
      gsub(/\[[^]]*\]/, "", code)
      sub(/;$/, "", code)
      count = split(code, names, ",")
      for (i = 1; i <= count; ++i) {
        words = split(names[i], word, " ")
        print "field:" snake(struct) "." word[words]
      }
    }
    struct != "" && code ~ /^  std::function<.*> [a-z_]+;$/ {
      words = split(code, word, " ")
      sub(/;/, "", word[words])
      print "field:" snake(struct) "." word[words]
    }
    # Interfaces: HttpTransport and HostClock are structs of function pointers in C.
    /^class (HttpTransport|HostClock|HttpExchange) \{$/ {
      interface = snake($2)
      sub(/^(http|host)_/, "", interface)
      if (interface != "exchange") print "struct:" interface
    }
    /^\};/ { interface = "" }
    interface != "" && match(code, /^  virtual [A-Za-z_:<>&\* ]*[ &\*][A-Za-z]+\(/) {
      method = substr(code, 1, RLENGTH - 1)
      sub(/.*[ &\*]/, "", method)
      print (interface == "exchange" ? "verb:exchange_" : "field:" interface ".") snake(method)
    }
    # Verbs: the methods of Agent, of Ledger, and Name.
    /^class Agent \{/ { agent = 1 }
    agent && /^  class Impl;/ { agent = 0 }
    agent && match(code, /^  (static )?[A-Za-z_:]+ [A-Z][A-Za-z]+\(/) {
      verb = substr(code, 1, RLENGTH - 1)
      sub(/.* /, "", verb)
      print "verb:" snake(verb)
    }
    struct == "Ledger" && match(code, /[a-z_]+\(\) const/) {
      print "verb:ledger_" substr(code, RSTART, RLENGTH - 8)
    }
    match(code, /^const char\* Name\([A-Za-z]+/) {
      print "verb:" snake(substr(code, 18, RLENGTH - 17)) "_name"
    }
  ' "$1"
}

# FILE: the names of the C header.
of_c() {
  awk '
    { code = $0; sub(/[ \t]*\/\*.*/, "", code) }
    /^enum \{/ || /^enum$/ { enum = 1 }
    enum {
      rest = code
      while (match(rest, /EMB_[A-Z0-9_]+ =/)) {
        print "number:" substr(rest, RSTART + 4, RLENGTH - 6)
        rest = substr(rest, RSTART + RLENGTH)
      }
      if (code ~ /\}/) enum = 0
      next
    }
    /^typedef struct emb_[a-z_]+ \{/ {
      struct = substr($3, 5)
      print "struct:" struct
      next
    }
    struct != "" && /^\}/ { struct = "" }
    struct != "" && code ~ /;$/ {
      sub(/(\[[A-Z0-9a-z_]+\])?;$/, "", code)
      words = split(code, word, " ")
      field = word[words]
      sub(/^\*/, "", field)
      if (field == "struct_size" || field ~ /^reserved/) next
      print "field:" struct "." field
    }
    match(code, /^EMB_API .*emb_[a-z_]+\(/) {
      verb = substr(code, 1, RLENGTH - 1)
      sub(/.*emb_/, "", verb)
      print "verb:" verb
    }
  ' "$1"
}

# Names without what C adds to them: a unit, the size beside a text, the twin that takes sizes.
plain() {
  awk '
    { names[++count] = $0; there[$0] = 1 }
    END {
      for (i = 1; i <= count; ++i) {
        name = names[i]
        base = name
        if (sub(/_(size|count)$/, "", base) && (base in there)) continue
        base = name
        if (name ~ /^verb:/ && sub(/_n$/, "", base) && (base in there)) continue
        if (name ~ /^field:/) sub(/_(ms|hours)$/, "", name)
        print name
      }
    }'
}

listed() { sed 's/#.*//' <<<"$1" | tr -s ' \n' '\n' | grep . || true; }

# NAMES: takes these out of the lines that it reads, with the fields of each struct:NAME.
without() {
  local names
  names=$(listed "$1")
  grep -vxF "$names" | grep -v -f <(sed -n 's/^struct:\(.*\)/^field:\1[.]/p' <<<"$names")
}

# CPP C: prints each name without a twin.
lonely() {
  local cpp c
  cpp=$(of_cpp "$1" | without "$only_cpp" | sort -u)
  c=$(of_c "$2" | plain | without "$only_c" | sort -u)
  comm -23 <(echo "$cpp") <(echo "$c") | sed 's/^/only in agent.h: /'
  comm -13 <(echo "$cpp") <(echo "$c") | sed 's/^/only in agent_c.h: /'
  of_c "$2" | sed -n 's/^number:/EMB_/p' | while read -r number; do
    grep -q "^SAME($number," agent/c/same_values.cc ||
      echo "not compared in agent/c/same_values.cc: $number"
  done
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cpp=$work/both.h
cat include/embeddables/agent.h include/embeddables/parts.h >"$cpp"
c=include/embeddables/agent_c.h
said=$(lonely "$cpp" $c)

# NAME WITHOUT FILE: taking out the lines with WITHOUT from a header must be noticed.
canary() {
  sed "/$2/d" "$3" >"$work/agent.h"
  cmp -s "$3" "$work/agent.h" && { echo "canary: $3 has no line with $2"; exit 1; }
  local now
  if [ "$3" = $c ]; then now=$(lonely $cpp "$work/agent.h"); else now=$(lonely "$work/agent.h" $c); fi
  grep -qF "$1" <<<"$now" || { echo "nobody missed $1: $now"; exit 1; }
}
canary 'only in agent.h: verb:requeue' 'int32_t emb_requeue' $c
canary 'only in agent.h: field:stats.taken_over' 'taken_over;' $c
canary 'only in agent.h: field:config.max_age' 'max_age_hours;' $c
canary 'only in agent.h: number:STATUS_QUEUE_FULL' 'EMB_STATUS_QUEUE_FULL = ' $c
canary 'only in agent_c.h: verb:set_api_key' 'Status SetApiKey(' $cpp
canary 'only in agent_c.h: field:stats.taken_over' 'taken_over' $cpp
canary 'only in agent_c.h: number:DROP_REASON_AGE' 'kAge,' $cpp
canary 'only in agent_c.h: struct:purge_result' '^struct PurgeResult' $cpp
canary 'only in agent_c.h: field:http_answer.tls_verified' ' tls_verified' $cpp
canary 'only in agent.h: field:http_request.body' ' body;' $c
canary 'only in agent.h: field:transport.poll' 'emb_number_callback poll;' $c
canary 'only in agent.h: field:clock.boot_id' 'emb_text_callback boot_id;' $c
canary 'only in agent.h: verb:exchange_wanted' 'int32_t emb_exchange_wanted' $c
canary 'only in agent_c.h: field:transport.close_connections' 'void CloseConnections(' $cpp
canary 'only in agent_c.h: field:clock.since_boot' 'milliseconds SinceBoot(' $cpp
canary 'only in agent_c.h: verb:exchange_request' 'HttpRequest& request(' $cpp

names=$(of_c $c | wc -l)
echo "[figure] twins names=$names lonely=$(grep -c . <<<"$said" || true)"
[ -z "$said" ] || { echo "$said"; exit 1; }
