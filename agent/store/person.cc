#include "agent/store/person.h"

namespace embeddables {

void Person::Is(std::string_view key, std::string_view json, AgeTime now) {
  now_ = Who();
  now_.known = !key.empty();
  now_.key = std::string(key);
  now_.json = std::string(json);
  if (told_) return;
  told_ = true;
  first_ = now_;
  first_told_at_ = now;
}

}  // namespace embeddables
