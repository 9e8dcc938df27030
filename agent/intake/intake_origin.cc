#include "agent/intake/intake_origin.h"

#include <cstring>

namespace embeddables {

using intake::Header;
using intake::Origin;
using intake::Origins;

namespace {

template <class T>
bool ReadAt(std::string_view bytes, std::size_t offset, T* value) {
  if (bytes.size() < offset + sizeof *value) return false;
  std::memcpy(value, bytes.data() + offset, sizeof *value);
  return true;
}

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/') + 1); }

// True if nothing is at the path, or another file. If the system does not say, the file is still
// there.
bool HasLeft(const std::string& path, const FileId& file, const FileSystem& files) {
  FileFacts now;
  switch (files.Find(path, &now)) {
    case Presence::kThere:
      return !(now.id == file);
    case Presence::kMissing:
      return true;
    case Presence::kUnknown:
      return false;
  }
  return false;
}

}  // namespace

// A path that is too long is left out: then the file's identity alone decides.
Origin IntakeOrigin::Written() const {
  Origin written{};
  written.device = file.device;
  written.number = file.number;
  written.paths = paths;
  written.made_ms = static_cast<std::uint64_t>(made.ms());
  written.keep_ms = static_cast<std::uint64_t>(keep_ms);
  if (path.size() <= sizeof written.path) {
    written.path_bytes = path.size();
    std::memcpy(written.path, path.data(), path.size());
  }
  return written;
}

bool ReadOrigin(std::string_view bytes, IntakeOrigin* origin) {
  std::uint64_t current = 0;
  Origin read{};
  if (!ReadAt(bytes, offsetof(Origins, current), &current) || current > 1 ||
      !ReadAt(bytes, offsetof(Origins, origins) + (current == 0 ? 0 : sizeof read), &read) ||
      read.path_bytes > sizeof read.path) {
    return false;
  }
  origin->path.assign(read.path, static_cast<std::size_t>(read.path_bytes));
  origin->file = {read.device, read.number};
  origin->paths = read.paths;
  origin->made = BootTime(static_cast<std::int64_t>(read.made_ms));
  origin->keep_ms = static_cast<std::int64_t>(read.keep_ms);
  // The text becomes a path for system calls.
  return origin->path.find('\0') == std::string::npos;
}

bool PeekOrigin(const LeftMemory& memory, IntakeOrigin* origin) {
  std::string header, origins;
  std::uint64_t magic = 0, units = 0;
  std::uint32_t layout = 0;
  if (!memory.Read(sizeof(Header), &header) || !ReadAt(header, offsetof(Header, magic), &magic) ||
      magic != intake::kMagic || !ReadAt(header, offsetof(Header, layout), &layout) ||
      layout != intake::kLayout || !ReadAt(header, offsetof(Header, units), &units) ||
      units > (std::uint64_t{1} << 28)) {
    return false;
  }
  const std::size_t place =
      sizeof(Header) + intake::BytesOfUnits(units) + sizeof(intake::DeliveredRows);
  return memory.Read(sizeof(Origins), &origins, place) && ReadOrigin(origins, origin);
}

bool MayTakeOver(const IntakeOrigin& left, bool named, const IntakeOrigin& own,
                 const FileSystem& files) {
  const bool same_file = left.file == own.file, same_path = left.path == own.path;
  if (same_file && (named || same_path)) return true;
  if (left.paths != own.paths || left.path.empty()) return false;
  if (same_path) return named || left.file.number == 0;
  return HasLeft(left.path, left.file, files) ? named : same_file;
}

bool MayTakeOver(const LeftMemory& memory, bool named, const IntakeOrigin& own,
                 const FileSystem& files) {
  IntakeOrigin left;
  return PeekOrigin(memory, &left) ? MayTakeOver(left, named, own, files) : named;
}

bool WasReplaced(const IntakeOrigin& left, const IntakeOrigin& own) {
  return left.paths == own.paths && left.path == own.path && left.file.device == own.file.device;
}

bool HasLeftItsFolder(const IntakeOrigin& left, const IntakeOrigin& own, const FileSystem& files) {
  FileFacts folder;
  return left.paths == own.paths && IsAbsolute(left.path) &&
         files.Find(FolderOf(left.path) + ".", &folder) == Presence::kThere &&
         folder.id.device == left.file.device && HasLeft(left.path, left.file, files);
}

}  // namespace embeddables
