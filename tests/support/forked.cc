#include "tests/support/forked.h"

namespace embeddables::test {

bool Forked::in_child_ = false;

}  // namespace embeddables::test

// LeakSanitizer asks at exit. A child leaves what it inherited as it is, so all of it is a leak to
// LeakSanitizer, and threads that it does not have cannot be suspended.
extern "C" int __lsan_is_turned_off() { return embeddables::test::Forked::in_child() ? 1 : 0; }
