# Where libcurl, SQLite and RapidJSON come from. Nothing is downloaded. In this order:
#
#   - the target that EMBEDDABLES_CURL_TARGET or EMBEDDABLES_SQLITE_TARGET names;
#   - the parent's CURL::libcurl, SQLite3::SQLite3 or SQLite::SQLite3, whatever its version;
#   - what CMake finds on the system, or below CURL_ROOT and SQLite3_ROOT.
#
# RapidJSON is headers alone: the folder EMBEDDABLES_RAPIDJSON_INCLUDE, the parent's target
# `rapidjson` or `RapidJSON::RapidJSON`, else the system's.
foreach(part CURL SQLITE)
  # Before CMake 3.21 the cache would hide what the parent has set.
  if(NOT DEFINED EMBEDDABLES_${part}_TARGET)
    set(EMBEDDABLES_${part}_TARGET "" CACHE STRING "The parent's target for it; empty: the usual")
    mark_as_advanced(EMBEDDABLES_${part}_TARGET)
  endif()
endforeach()

# Sets *result to the target that `option` names, else to the first of the others that there is.
function(embeddables_find_target result option)
  set(found "")
  if(${option})
    if(NOT TARGET ${${option}})
      message(FATAL_ERROR "embeddables-agent: there is no target ${${option}}. Define it before "
        "embeddables-agent is added, or leave ${option} empty.")
    endif()
    set(found ${${option}})
  endif()
  foreach(target ${ARGN})
    if(NOT found AND TARGET ${target})
      set(found ${target})
    endif()
  endforeach()
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

# Makes embeddables_NAME, a name of our own for `target`: an installed library cannot know what its
# user's are called. There, config.cmake.in fills it.
function(embeddables_provide name target)
  add_library(embeddables_${name} INTERFACE)
  target_link_libraries(embeddables_${name} INTERFACE $<BUILD_INTERFACE:${target}>)
  set_target_properties(embeddables_${name} PROPERTIES EXPORT_NAME ${name})
endfunction()

find_package(Threads REQUIRED)

if(NOT DEFINED EMBEDDABLES_WITH_CURL OR EMBEDDABLES_WITH_CURL)
  set(embeddables_needs_curl ON)
  embeddables_find_target(target EMBEDDABLES_CURL_TARGET CURL::libcurl)
  if(NOT target)
    find_package(CURL 7.88.1 REQUIRED)
    set(target CURL::libcurl)
  endif()
  embeddables_provide(curl ${target})
else()
  set(embeddables_needs_curl OFF)
  embeddables_provide(curl "")
endif()

set(targets SQLite3::SQLite3 SQLite::SQLite3)
embeddables_find_target(target EMBEDDABLES_SQLITE_TARGET ${targets})
if(NOT target)
  find_package(SQLite3 3.37 REQUIRED)
  embeddables_find_target(target EMBEDDABLES_SQLITE_TARGET ${targets})
endif()
embeddables_provide(sqlite ${target})

foreach(target rapidjson RapidJSON::RapidJSON)
  if(TARGET ${target} AND NOT EMBEDDABLES_RAPIDJSON_INCLUDE)
    set(EMBEDDABLES_RAPIDJSON_INCLUDE
      $<TARGET_PROPERTY:${target},INTERFACE_INCLUDE_DIRECTORIES>)
  endif()
endforeach()
if(NOT EMBEDDABLES_RAPIDJSON_INCLUDE)
  find_path(EMBEDDABLES_RAPIDJSON_INCLUDE rapidjson/rapidjson.h REQUIRED)
endif()
