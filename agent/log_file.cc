#include "agent/log_file.h"

#include <cstdint>

#include "platform/paths.h"

namespace embeddables {
namespace {

constexpr std::size_t kHeader = 32;
constexpr std::size_t kFrameHeader = 24;
constexpr std::size_t kPage = 4096;
constexpr std::size_t kFrame = kFrameHeader + kPage;
constexpr std::uint32_t kMagic = 0x377f0682;  // the last bit: sums of big-endian words
constexpr std::uint32_t kVersion = 3007000;
// A log stays far below; one that does not is left to SQLite.
constexpr std::size_t kReadable = 64u << 20;

std::uint32_t Get(const std::string& bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
  return value;
}

void Put(std::string* bytes, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) {
    (*bytes)[at + i] = static_cast<char>(value >> (24 - 8 * i) & 0xff);
  }
}

// Fibonacci-weighted, over pairs of words.
struct Sum {
  std::uint32_t a = 0, b = 0;
  bool big_endian = false;

  void Add(const std::string& bytes, std::size_t at, std::size_t size) {
    for (std::size_t end = at + size; at < end; at += 8) {
      a += Word(bytes, at) + b;
      b += Word(bytes, at + 4) + a;
    }
  }
  bool Is(const std::string& bytes, std::size_t at) const {
    return Get(bytes, at) == a && Get(bytes, at + 4) == b;
  }
  void Write(std::string* bytes, std::size_t at) const {
    Put(bytes, at, a);
    Put(bytes, at + 4, b);
  }

 private:
  std::uint32_t Word(const std::string& bytes, std::size_t at) const {
    const std::uint32_t word = Get(bytes, at);
    return big_endian ? word
                      : word >> 24 | (word >> 8 & 0xff00) | (word << 8 & 0xff0000) | word << 24;
  }
};

struct Log {
  std::string bytes;
  std::size_t frames = 0;
  bool header_good = false;
  std::uint32_t salt_a = 0, salt_b = 0;
  Sum sum;  // of the header

  std::size_t FrameAt(std::size_t frame) const { return kHeader + frame * kFrame; }
  // The last frame of a transaction: it has the size of the database.
  bool Commits(std::size_t frame) const {
    return Ours(frame) && Get(bytes, FrameAt(frame) + 4) != 0;
  }
  bool Ours(std::size_t frame) const {
    return Get(bytes, FrameAt(frame) + 8) == salt_a && Get(bytes, FrameAt(frame) + 12) == salt_b;
  }
};

// False: there is nothing in it, or it has pages of another size.
bool Read(const std::string& path, Log* log) {
  if (!ReadFile(path, kReadable, &log->bytes) || log->bytes.size() < kHeader + kFrame) return false;
  log->frames = (log->bytes.size() - kHeader) / kFrame;
  const std::uint32_t magic = Get(log->bytes, 0);
  log->sum.big_endian = (magic & 1) != 0;
  log->sum.Add(log->bytes, 0, kHeader - 8);
  log->header_good = (magic | 1) == (kMagic | 1) && Get(log->bytes, 4) == kVersion &&
                     log->sum.Is(log->bytes, kHeader - 8);
  if (log->header_good && Get(log->bytes, 8) != kPage) return false;
  // Without a header the first frames tell whose they are.
  const std::size_t salts = log->header_good ? 16 : kHeader + 8;
  log->salt_a = Get(log->bytes, salts);
  log->salt_b = Get(log->bytes, salts + 4);
  return true;
}

}  // namespace

bool LogIsDamaged(const std::string& path) {
  Log log;
  if (!Read(path, &log)) return false;
  if (!log.header_good) return log.frames > 1 && log.Ours(1) && log.salt_a != 0;
  std::size_t frame = 0;
  for (; frame < log.frames && log.Ours(frame); ++frame) {
    const std::size_t at = log.FrameAt(frame);
    log.sum.Add(log.bytes, at, 8);
    log.sum.Add(log.bytes, at + kFrameHeader, kPage);
    if (!log.sum.Is(log.bytes, at + 16)) break;
  }
  // Not any frame: a transaction too large for the cache changes frames that it has written, and
  // mends their sums when it commits. A kill before that leaves it so, and is no damage.
  for (++frame; frame < log.frames; ++frame) {
    if (log.Commits(frame)) return true;
  }
  return false;
}

bool MakeLogReadable(const std::string& path) {
  Log log;
  if (!Read(path, &log)) return true;
  if (!log.header_good) {
    Put(&log.bytes, 0, kMagic);
    Put(&log.bytes, 4, kVersion);
    Put(&log.bytes, 8, kPage);
    Put(&log.bytes, 16, log.salt_a);
    Put(&log.bytes, 20, log.salt_b);
    log.sum = Sum();
    log.sum.Add(log.bytes, 0, kHeader - 8);
    log.sum.Write(&log.bytes, kHeader - 8);
  }
  std::size_t end = log.frames;
  while (end > 0 && !log.Ours(end - 1)) --end;
  for (std::size_t frame = 0; frame < end; ++frame) {
    const std::size_t at = log.FrameAt(frame);
    Put(&log.bytes, at + 8, log.salt_a);
    Put(&log.bytes, at + 12, log.salt_b);
    log.sum.Add(log.bytes, at, 8);
    log.sum.Add(log.bytes, at + kFrameHeader, kPage);
    log.sum.Write(&log.bytes, at + 16);
  }
  return OverwriteStart(path, log.bytes);
}

}  // namespace embeddables
