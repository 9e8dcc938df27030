# What a build has taken from others, with the versions that CMake has found: the target `sbom`
# makes an SPDX 2.3 and a CycloneDX 1.5 list of it. THIRD-PARTY.md says it in words.

set(embeddables_parts "")

# Adds a part: its name, licence, package URL, whether it is `library` (in what a host links) or
# `tools`, its version, and a file that is empty where the build has left the part out.
function(embeddables_part name licence purl where version)
  if(NOT version)
    set(version NOASSERTION)
  endif()
  set(embeddables_parts "${embeddables_parts};${name}|${licence}|${purl}|${where}|${version}|${ARGN}"
    PARENT_SCOPE)
endfunction()

# Sets *result to the numbers that `names` are defined as in a header, with dots between them.
function(embeddables_version_in result folder header names)
  set(version "")
  if(EXISTS ${folder}/${header})
    foreach(name ${names})
      set(definition "define[ \t]+${name}[ \t]+\"?([0-9][0-9.]*)")
      file(STRINGS ${folder}/${header} line LIMIT_COUNT 1 REGEX "${definition}")
      string(REGEX REPLACE ".*${definition}.*" "\\1" number "${line}")
      list(APPEND version ${number})
    endforeach()
  endif()
  string(REPLACE ";" "." version "${version}")
  set(${result} "${version}" PARENT_SCOPE)
endfunction()

# Of the targets that a parent has given we know no version.
if(embeddables_needs_curl)
  embeddables_part(libcurl curl pkg:generic/curl library "${CURL_VERSION_STRING}")
endif()
embeddables_part(sqlite blessing pkg:generic/sqlite library "${SQLite3_VERSION}")
embeddables_version_in(version "${EMBEDDABLES_RAPIDJSON_INCLUDE}" rapidjson/rapidjson.h
  "RAPIDJSON_MAJOR_VERSION;RAPIDJSON_MINOR_VERSION;RAPIDJSON_PATCH_VERSION")
embeddables_part(rapidjson MIT pkg:github/Tencent/rapidjson library "${version}")
if(TARGET embeddables-agent)
  find_path(EMBEDDABLES_CLI11_INCLUDE CLI/Version.hpp)
  mark_as_advanced(EMBEDDABLES_CLI11_INCLUDE)
  embeddables_version_in(version "${EMBEDDABLES_CLI11_INCLUDE}" CLI/Version.hpp CLI11_VERSION)
  embeddables_part(cli11 BSD-3-Clause pkg:github/CLIUtils/CLI11 tools "${version}")
endif()
if(TARGET embeddables-collector)
  embeddables_part(cpp-httplib MIT pkg:github/yhirose/cpp-httplib tools "${httplib_VERSION}")
  if(NOT WIN32)
    embeddables_version_in(version "${OPENSSL_INCLUDE_DIR}" openssl/opensslv.h OPENSSL_VERSION_STR)
    embeddables_part(openssl Apache-2.0 pkg:generic/openssl tools "${version}")
  endif()
  set(embeddables_plots ${PROJECT_BINARY_DIR}/samples/collector/uplot.js)
  file(STRINGS ${PROJECT_SOURCE_DIR}/samples/collector/page/package.json version REGEX "\"uplot\"")
  string(REGEX REPLACE ".*: \"(.*)\".*" "\\1" version "${version}")
  embeddables_part(uplot MIT pkg:npm/uplot tools "${version}" ${embeddables_plots})
  list(APPEND embeddables_plots collector_plots)
endif()

set(folder ${PROJECT_BINARY_DIR}/sbom)
file(GENERATE OUTPUT ${folder}/parts.cmake CONTENT "set(version ${PROJECT_VERSION})
set(folder [==[${folder}]==])
set(parts [==[${embeddables_parts}]==])
")
add_custom_command(
  OUTPUT ${folder}/embeddables-agent.spdx.json ${folder}/embeddables-agent.cdx.json
  COMMAND ${CMAKE_COMMAND} -DINPUT=${folder}/parts.cmake
    -P ${PROJECT_SOURCE_DIR}/platform/packages/write_sbom.cmake
  DEPENDS ${folder}/parts.cmake ${PROJECT_SOURCE_DIR}/platform/packages/write_sbom.cmake
    ${embeddables_plots} VERBATIM)
add_custom_target(sbom ALL
  DEPENDS ${folder}/embeddables-agent.spdx.json ${folder}/embeddables-agent.cdx.json)

foreach(component dev tools)
  if(component STREQUAL dev OR TARGET embeddables-agent)
    install(FILES ${folder}/embeddables-agent.spdx.json ${folder}/embeddables-agent.cdx.json
      ${PROJECT_SOURCE_DIR}/THIRD-PARTY.md
      DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${embeddables_doc_${component}}
      COMPONENT embeddables_${component})
  endif()
endforeach()
