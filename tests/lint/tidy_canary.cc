// clang-tidy must refuse this file: bugprone-use-after-move.
#include <string>
#include <utility>

std::size_t Canary(std::string text) {
  const std::string taken = std::move(text);
  return taken.size() + text.size();
}
