# Writes both lists. `cmake -DINPUT=parts.cmake -P write_sbom.cmake`; SOURCE_DATE_EPOCH decides
# their time, where it is set.
include(${INPUT})
set(there "")
foreach(part ${parts})
  string(REGEX MATCH "(.*)[|]([^|]*)$" part "${part}")
  set(size 1)
  if(CMAKE_MATCH_2)
    file(SIZE ${CMAKE_MATCH_2} size)
  endif()
  if(size GREATER 0)
    list(APPEND there "${CMAKE_MATCH_1}")
  endif()
endforeach()
set(parts "${there}")
string(TIMESTAMP now "%Y-%m-%dT%H:%M:%SZ" UTC)
string(UUID id NAMESPACE 6ba7b810-9dad-11d1-80b4-00c04fd430c8 NAME "${version} ${parts} ${now}"
  TYPE SHA1)

set(packages "")
set(relations "")
set(components "")
set(depends "")
set(tools_depend "")
foreach(part ${parts})
  string(REPLACE "|" ";" part "${part}")
  list(GET part 0 name)
  list(GET part 1 licence)
  list(GET part 2 purl)
  list(GET part 3 where)
  list(GET part 4 number)
  if(number STREQUAL NOASSERTION)
    set(with_version ${purl})
    set(number_line "")
    set(spdx_number "")
  else()
    set(with_version ${purl}@${number})
    set(number_line "\n      \"version\": \"${number}\",")
    set(spdx_number "\n      \"versionInfo\": \"${number}\",")
  endif()
  string(APPEND packages ",
    {
      \"SPDXID\": \"SPDXRef-${name}\",
      \"name\": \"${name}\",${spdx_number}
      \"downloadLocation\": \"NOASSERTION\",
      \"filesAnalyzed\": false,
      \"licenseConcluded\": \"NOASSERTION\",
      \"licenseDeclared\": \"${licence}\",
      \"copyrightText\": \"NOASSERTION\",
      \"externalRefs\": [{
        \"referenceCategory\": \"PACKAGE-MANAGER\",
        \"referenceType\": \"purl\",
        \"referenceLocator\": \"${with_version}\"
      }]
    }")
  if(where STREQUAL library)
    set(user SPDXRef-embeddables)
    set(list depends)
  else()
    set(user SPDXRef-embeddables-tools)
    set(list tools_depend)
  endif()
  string(APPEND relations ",
    {
      \"spdxElementId\": \"${user}\",
      \"relationshipType\": \"DEPENDS_ON\",
      \"relatedSpdxElement\": \"SPDXRef-${name}\"
    }")
  string(APPEND ${list} ", \"${name}\"")
  string(APPEND components ",
    {
      \"type\": \"library\",
      \"bom-ref\": \"${name}\",
      \"name\": \"${name}\",${number_line}
      \"licenses\": [{ \"license\": { \"id\": \"${licence}\" } }],
      \"purl\": \"${with_version}\"
    }")
endforeach()
string(REGEX REPLACE "^, " "" depends "${depends}")
string(REGEX REPLACE "^," "" components "${components}")

set(own "")
foreach(name embeddables embeddables-tools)
  string(APPEND own ",
    {
      \"SPDXID\": \"SPDXRef-${name}\",
      \"name\": \"${name}\",
      \"versionInfo\": \"${version}\",
      \"downloadLocation\": \"NOASSERTION\",
      \"filesAnalyzed\": false,
      \"licenseConcluded\": \"NOASSERTION\",
      \"licenseDeclared\": \"NOASSERTION\",
      \"copyrightText\": \"NOASSERTION\"
    }")
endforeach()
string(REGEX REPLACE "^," "" own "${own}")

file(WRITE ${folder}/embeddables-agent.spdx.json "{
  \"spdxVersion\": \"SPDX-2.3\",
  \"dataLicense\": \"CC0-1.0\",
  \"SPDXID\": \"SPDXRef-DOCUMENT\",
  \"name\": \"embeddables-agent-${version}\",
  \"documentNamespace\": \"urn:uuid:${id}\",
  \"creationInfo\": {
    \"created\": \"${now}\",
    \"creators\": [\"Tool: embeddables-agent-build-${version}\"]
  },
  \"packages\": [${own}${packages}
  ],
  \"relationships\": [
    {
      \"spdxElementId\": \"SPDXRef-DOCUMENT\",
      \"relationshipType\": \"DESCRIBES\",
      \"relatedSpdxElement\": \"SPDXRef-embeddables\"
    },
    {
      \"spdxElementId\": \"SPDXRef-DOCUMENT\",
      \"relationshipType\": \"DESCRIBES\",
      \"relatedSpdxElement\": \"SPDXRef-embeddables-tools\"
    },
    {
      \"spdxElementId\": \"SPDXRef-embeddables-tools\",
      \"relationshipType\": \"STATIC_LINK\",
      \"relatedSpdxElement\": \"SPDXRef-embeddables\"
    }${relations}
  ]
}
")

file(WRITE ${folder}/embeddables-agent.cdx.json "{
  \"bomFormat\": \"CycloneDX\",
  \"specVersion\": \"1.5\",
  \"serialNumber\": \"urn:uuid:${id}\",
  \"version\": 1,
  \"metadata\": {
    \"timestamp\": \"${now}\",
    \"component\": {
      \"type\": \"library\",
      \"bom-ref\": \"embeddables\",
      \"name\": \"embeddables\",
      \"version\": \"${version}\"
    }
  },
  \"components\": [
    {
      \"type\": \"application\",
      \"bom-ref\": \"embeddables-tools\",
      \"name\": \"embeddables-tools\",
      \"version\": \"${version}\"
    },${components}
  ],
  \"dependencies\": [
    { \"ref\": \"embeddables\", \"dependsOn\": [${depends}] },
    { \"ref\": \"embeddables-tools\", \"dependsOn\": [\"embeddables\"${tools_depend}] }
  ]
}
")
