// Props in braces as the argument of a test's function: they live until it has returned.

#ifndef EMBEDDABLES_TESTS_SUPPORT_LISTED_H_
#define EMBEDDABLES_TESTS_SUPPORT_LISTED_H_

#include <embeddables/agent.h>

#include <initializer_list>
#include <type_traits>

namespace embeddables::test {

class Listed {
 public:
  Listed() = default;
  Listed(std::initializer_list<Prop> list) : props_(list.begin(), list.size()) {}
  Listed(Props props) : props_(props) {}
  template <class List, std::enable_if_t<IsPropSequence<List>::value, int> = 0>
  Listed(const List& list) : props_(list) {}
  operator Props() const { return props_; }

 private:
  Props props_;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_LISTED_H_
