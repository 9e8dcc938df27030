# Makes Doxygen's comments of the headers' plain ones. One that stands behind code, and its further
# lines, are about that code; any other is about what follows.
{
  code = $0
  sub(/^ +/, "", code)
  if (code ~ /^\/\/ ---/) {
    print ""
  } else if (code ~ /^\/\//) {
    indent = length($0) - length(code)
    if (behind > 0 && indent >= behind) {
      sub(/\/\/ ?/, "///< ")
    } else {
      behind = 0
      sub(/\/\/ ?/, "/// ")
    }
    print
  } else {
    behind = 0
    # C's comments end by themselves.
    if (code ~ /^\/\* /) sub(/\/\* /, "/** ")
    else sub(/  \/\* /, "  /**< ")
    at = index($0, "  // ")
    if (at > 0) {
      behind = at
      sub(/  \/\/ /, "  ///< ")
    }
    print
  }
}
