#include "agent/worker/calls/call.h"

namespace embeddables {

Call::Call(Late late) : late_(late) {}

Call::~Call() = default;

}  // namespace embeddables
