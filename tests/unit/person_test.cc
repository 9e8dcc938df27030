// Whom events without an identifier belong to.

#include "agent/store/person.h"

#include <gtest/gtest.h>

namespace embeddables {
namespace {

TEST(Person, AFailedTransactionLeavesThePersonAsItWas) {
  Person person;
  person.Is("email", "\"a\"", {});
  person.Begin();
  person.Is("email", "\"b\"", {});
  person.Rollback();
  EXPECT_EQ(person.now().json, "\"a\"");
}

TEST(Person, ARowIsFoundAnewInEachTransaction) {
  Person person;
  person.Begin();
  person.FoundRow(7);
  EXPECT_EQ(person.now().row, 7);
  person.Begin();
  EXPECT_EQ(person.now().row, 0);
}

TEST(Person, AnIntakesPersonEndsWithIt) {
  Person person;
  person.Is("email", "\"own\"", {});
  Person::Who left;
  left.known = true;
  left.json = "\"left\"";
  person.Enter(left);
  EXPECT_EQ(person.now().json, "\"left\"");
  person.Leave();
  EXPECT_EQ(person.now().json, "\"own\"");
}

TEST(Person, TheFirstWordIsRemembered) {
  Person person;
  EXPECT_FALSE(person.told());
  person.Is({}, {}, {});
  person.Is("email", "\"a\"", {});
  EXPECT_TRUE(person.told());
  EXPECT_FALSE(person.first().known);
}

}  // namespace
}  // namespace embeddables
