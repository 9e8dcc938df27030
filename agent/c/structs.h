// How structs cross the C interface, so that they can grow: the first four bytes of each say how
// many bytes the host's header knew. Sizes are multiples of 8, so that no field is ever cut.
//
//   read   copied over a full struct of defaults; bytes beyond ours must be 0, for they are fields
//          that this library does not know
//   write  as many bytes as the host has room for; its bytes beyond ours become 0

#ifndef EMBEDDABLES_AGENT_C_STRUCTS_H_
#define EMBEDDABLES_AGENT_C_STRUCTS_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "embeddables/agent.h"
#include "embeddables/agent_c.h"

namespace embeddables::c {

// No struct here is near this size; a larger one was never initialised.
inline constexpr std::uint32_t kMostStructBytes = 16 * 1024;

constexpr bool IsStructSize(std::uint32_t size) {
  return size >= 8 && size % 8 == 0 && size <= kMostStructBytes;
}

// `name` is the argument, as the host knows it. `size` is the host's, whose struct is at `from` or
// `to`; `known` is ours.
Status ReadStruct(const void* from, std::uint32_t size, std::string_view name, void* to,
                  std::uint32_t known);
void WriteStruct(const void* from, std::uint32_t known, void* to, std::uint32_t size);
Status CheckStructSize(std::uint32_t size, std::string_view name);
Status IsNull(std::string_view name);

// Copies the host's struct over *to, which has the defaults.
template <class T>
Status Read(const T* from, std::string_view name, T* to) {
  static_assert(std::is_trivially_copyable<T>::value && sizeof(T) % 8 == 0, "see above");
  if (from == nullptr) return IsNull(name);
  const Status status = ReadStruct(from, from->struct_size, name, to, sizeof(T));
  to->struct_size = sizeof(T);
  return status;
}

// May Write be called with it?
template <class T>
Status CheckOut(const T* out, std::string_view name) {
  return out == nullptr ? IsNull(name) : CheckStructSize(out->struct_size, name);
}
template <class T>
Status CheckOptionalOut(const T* out, std::string_view name) {
  return out == nullptr ? Status() : CheckStructSize(out->struct_size, name);
}

template <class T>
void Write(const T& from, T* to) {
  static_assert(std::is_trivially_copyable<T>::value && sizeof(T) % 8 == 0, "see above");
  const std::uint32_t size = to->struct_size;
  WriteStruct(&from, sizeof(T), to, size);
  to->struct_size = size;
}

// The element of an array whose elements have the struct_size of the first.
template <class T>
T* ElementOf(T* first, std::uint32_t size, std::uint64_t index) {
  using Byte = std::conditional_t<std::is_const<T>::value, const char, char>;
  return reinterpret_cast<T*>(reinterpret_cast<Byte*>(first) +
                              static_cast<std::size_t>(size * index));
}

}  // namespace embeddables::c

#endif  // EMBEDDABLES_AGENT_C_STRUCTS_H_
