#include "agent/c/structs.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace embeddables::c {

Status IsNull(std::string_view name) {
  return Status(StatusCode::kInvalidArgument, std::string(name) + " is NULL");
}

Status CheckStructSize(std::uint32_t size, std::string_view name) {
  if (IsStructSize(size)) return Status();
  return Status(StatusCode::kInvalidArgument,
                std::string(name) + "->struct_size is " + std::to_string(size) +
                    ", which no header has; set it to the size of the struct, or use its "
                    "initialiser");
}

Status ReadStruct(const void* from, std::uint32_t size, std::string_view name, void* to,
                  std::uint32_t known) {
  const Status status = CheckStructSize(size, name);
  if (!status.ok()) return status;
  std::memcpy(to, from, std::min(size, known));
  const auto* const bytes = static_cast<const unsigned char*>(from);
  for (std::uint32_t i = known; i < size; ++i) {
    if (bytes[i] == 0) continue;
    return Status(StatusCode::kInvalidArgument,
                  std::string(name) + " sets a field that this library (version " + kVersion +
                      ") does not know; install a newer library, or leave the field 0");
  }
  return Status();
}

void WriteStruct(const void* from, std::uint32_t known, void* to, std::uint32_t size) {
  std::memcpy(to, from, std::min(size, known));
  if (size > known) std::memset(static_cast<unsigned char*>(to) + known, 0, size - known);
}

}  // namespace embeddables::c
