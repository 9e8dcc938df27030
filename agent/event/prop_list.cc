#include <cstring>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "embeddables/agent.h"

namespace embeddables {

PropList::PropList(std::initializer_list<Prop> props) {
  for (const Prop& prop : props) Add(prop);
}

PropList::PropList(const PropList& other) {
  for (const Prop& prop : other.props_) Add(prop);
}

PropList& PropList::operator=(const PropList& other) {
  if (this != &other) *this = PropList(other);
  return *this;
}

PropList& PropList::Add(const Prop& prop) {
  Value value = prop.value;
  if (value.type() == Value::Type::kString) value = Keep(value.text());
  if (value.type() == Value::Type::kRaw) value = Raw(Keep(value.text()));
  const std::string_view key = Keep(prop.key);
  props_.emplace_back(key, value, prop.group);
  return *this;
}

void PropList::clear() {
  props_.clear();
  texts_.clear();
}

std::string_view PropList::Keep(std::string_view text) {
  if (text.empty()) return {};
  auto block = std::make_unique<char[]>(text.size());
  std::memcpy(block.get(), text.data(), text.size());
  texts_.push_back(std::move(block));
  return {texts_.back().get(), text.size()};
}

}  // namespace embeddables
