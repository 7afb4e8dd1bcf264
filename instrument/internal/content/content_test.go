// SPDX-License-Identifier: Apache-2.0

package content_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument/internal/content"
)

// exchanges hold one call in every dialect, and what is to be recorded of it:
// the system instructions, input, output and tools.
var exchanges = map[string]struct {
	request, response            string
	system, input, output, tools string
}{
	"Gemini": {
		request: `{"systemInstruction":{"parts":[{"text":"Be brief."}]},
			"contents":[
				{"role":"user","parts":[{"text":"What is this?"},{"inlineData":{"mimeType":"image/png","data":"AAAABBBBCCCC"}},
					{"fileData":{"mimeType":"video/mp4","fileUri":"https://user:pass@host/v?key=secret#f"}}]},
				{"role":"model","parts":[{"functionCall":{"id":"c1","name":"look","args":{"at":1.50}},"thoughtSignature":"sig"}]},
				{"role":"user","parts":[{"functionResponse":{"id":"c1","name":"look","response":{"seen":"a cat"}}}]}],
			"tools":[{"functionDeclarations":[{"name":"look","description":"Looks.","parameters":{"type":"OBJECT"}}]},
				{"googleSearch":{"apiKey":"secret"}}]}`,
		response: `{"candidates":[{"content":{"role":"model","parts":[{"text":"Hm.","thought":true},{"text":"A cat."},
			{"executableCode":{"language":"PYTHON","code":"1+1"}},{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"2"}},
			{"toolCall":{"toolType":"GOOGLE_SEARCH","id":"t1"}},{"text":"","thoughtSignature":"sig"},{"newKind":{"x":1}}]},
			"finishReason":"MAX_TOKENS"}],"usageMetadata":{"promptTokenCount":1}}`,
		system: `[{"type":"text","content":"Be brief."}]`,
		input: `[{"role":"user","parts":[{"type":"text","content":"What is this?"},
			{"type":"blob","mime_type":"image/png","modality":"image","content":"","size":9},
			{"type":"uri","mime_type":"video/mp4","modality":"video","uri":"https://host/v"}]},
			{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"look","arguments":{"at":1.50}}]},
			{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","name":"look","response":{"seen":"a cat"}}]}]`,
		output: `[{"role":"assistant","parts":[{"type":"reasoning","content":"Hm."},{"type":"text","content":"A cat."},
			{"type":"server_tool_call","name":"code_execution","server_tool_call":{"type":"code_execution","code":"1+1"}},
			{"type":"server_tool_call_response","server_tool_call_response":{"type":"code_execution","output":"2"}},
			{"type":"server_tool_call","id":"t1","name":"google_search","server_tool_call":{"type":"google_search"}},
			{"type":"other"}],"finish_reason":"max_tokens"}]`,
		tools: `[{"type":"function","name":"look","description":"Looks.","parameters":{"type":"OBJECT"}},
			{"type":"google_search","name":"google_search"}]`,
	},
	"GeminiOldSDK": { // numbers for names, an array of chunks, one object for a list
		request: `{"system_instruction":{"parts":{"text":"Be brief."}},
			"contents":{"parts":[{"text":"Up?"},{"inline_data":{"mime_type":"audio/wav","data":"AAAA"}}]},
			"tools":[{"function_declarations":[{"name":"f"}]},{"code_execution":{}}]}`,
		response: `[{"candidates":[{"content":{"parts":[{"text":"Y"}]}},{"index":1,"content":{"parts":[{"text":"No"}]}}]},
			{"candidates":[{"content":{"parts":[{"text":"es"}]},"finishReason":1},{"index":1,"content":{"parts":[{"text":"."}]}}]}]`,
		system: `[{"type":"text","content":"Be brief."}]`,
		input: `[{"role":"user","parts":[{"type":"text","content":"Up?"},
			{"type":"blob","mime_type":"audio/wav","modality":"audio","content":"","size":3}]}]`,
		output: `[{"role":"assistant","parts":[{"type":"text","content":"Yes"}],"finish_reason":"stop"},
			{"role":"assistant","parts":[{"type":"text","content":"No."}],"finish_reason":"error"}]`,
		tools: `[{"type":"function","name":"f"},{"type":"code_execution","name":"code_execution"}]`,
	},
	"GeminiStream": {
		request: `{"contents":[{"role":"user","parts":[{"text":"Up?"}]}]}`,
		response: "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hm\",\"thought\":true}]}}]}\r\n\r\n" +
			"data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\", so\",\"thought\":true},{\"text\":\"It \"}]}}]}\r\n\r\n" +
			"data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"goes up.\"}]},\"finishReason\":\"STOP\"}]}\r\n\r\n",
		input: `[{"role":"user","parts":[{"type":"text","content":"Up?"}]}]`,
		output: `[{"role":"assistant","parts":[{"type":"reasoning","content":"Hm, so"},{"type":"text","content":"It goes up."}],
			"finish_reason":"stop"}]`,
	},
	"GeminiEmbeddings": {
		request:  `{"requests":[{"content":{"parts":[{"text":"one"}]}},{"content":{"parts":[{"text":"two"}]}}]}`,
		response: `{"embeddings":[{"values":[0.1]}]}`,
		input: `[{"role":"user","parts":[{"type":"text","content":"one"}]},
			{"role":"user","parts":[{"type":"text","content":"two"}]}]`,
	},
	"VertexEmbeddings": {
		request: `{"instances":[{"content":"one","task_type":"x"}]}`,
		input:   `[{"role":"user","parts":[{"type":"text","content":"one"}]}]`,
	},
	"Interactions": {
		request: `{"model":"m","system_instruction":"Be brief.","input":[{"type":"text","text":"Up?"},
			{"type":"image","data":"AAAA","mime_type":"image/jpeg"},
			{"type":"model_output","content":[{"type":"text","text":"Wait."}]},
			{"type":"function_result","call_id":"c1","name":"f","result":{"n":1}}],
			"tools":[{"type":"mcp_server","name":"m","headers":{"Authorization":"secret"}}]}`,
		response: "data: {\"event_type\":\"step.start\",\"index\":0,\"step\":{\"type\":\"model_output\"}}\n\n" +
			"data: {\"event_type\":\"step.delta\",\"index\":0,\"delta\":{\"type\":\"text\",\"text\":\"It \"}}\n\n" +
			"data: {\"event_type\":\"step.delta\",\"index\":0,\"delta\":{\"type\":\"text\",\"text\":\"goes.\"}}\n\n" +
			"data: {\"event_type\":\"interaction.completed\",\"interaction\":{\"status\":\"completed\"}}\n\n",
		system: `[{"type":"text","content":"Be brief."}]`,
		input: `[{"role":"user","parts":[{"type":"text","content":"Up?"}]},
			{"role":"user","parts":[{"type":"blob","mime_type":"image/jpeg","modality":"image","content":"","size":3}]},
			{"role":"assistant","parts":[{"type":"text","content":"Wait."}]},
			{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","name":"f","response":{"n":1}}]}]`,
		output: `[{"role":"assistant","parts":[{"type":"text","content":"It goes."}],"finish_reason":"stop"}]`,
		tools:  `[{"type":"mcp_server","name":"m"}]`,
	},
	"Chat": {
		request: `{"messages":[{"role":"developer","content":"Be brief."},
			{"role":"user","name":"Ada","content":[{"type":"text","text":"What is this?"},
				{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAABBBB"}},
				{"type":"image_url","image_url":{"url":"https://host/cat.png?sig=secret"}},
				{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}},{"type":"file","file":{"file_id":"f1"}}]},
			{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"look","arguments":"{\"at\":1}"}},
				{"id":"c2","type":"custom","custom":{"name":"sh","input":"ls"}}]},
			{"role":"tool","tool_call_id":"c1","content":"a cat"},{"role":"user","content":"And?"}],
			"tools":[{"type":"function","function":{"name":"look","parameters":{"type":"object"}}}]}`,
		response: `{"choices":[{"index":0,"message":{"role":"assistant","reasoning_content":"Hm.","content":"A cat.",
			"tool_calls":[{"id":"c3","function":{"name":"a","arguments":"{}"}},{"id":"c4","function":{"name":"b","arguments":"no json"}}]},
			"finish_reason":"tool_calls"},{"index":1,"message":{"refusal":"I will not."},"finish_reason":"stop"}]}`,
		input: `[{"role":"developer","parts":[{"type":"text","content":"Be brief."}]},
			{"role":"user","name":"Ada","parts":[{"type":"text","content":"What is this?"},
				{"type":"blob","mime_type":"image/png","modality":"image","content":"","size":6},
				{"type":"uri","modality":"image","uri":"https://host/cat.png"},
				{"type":"blob","mime_type":"audio/wav","modality":"audio","content":"","size":3},
				{"type":"file","modality":"document","file_id":"f1"}]},
			{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"look","arguments":{"at":1}},
				{"type":"tool_call","id":"c2","name":"sh","arguments":"ls"}]},
			{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"a cat"}]},
			{"role":"user","parts":[{"type":"text","content":"And?"}]}]`,
		output: `[{"role":"assistant","parts":[{"type":"reasoning","content":"Hm."},{"type":"text","content":"A cat."},
			{"type":"tool_call","id":"c3","name":"a","arguments":{}},{"type":"tool_call","id":"c4","name":"b","arguments":"no json"}],
			"finish_reason":"tool_calls"},
			{"role":"assistant","parts":[{"type":"text","content":"I will not."}],"finish_reason":"stop"}]`,
		tools: `[{"type":"function","name":"look","parameters":{"type":"object"}}]`,
	},
	"ChatStream": {
		request: `{"messages":[{"role":"user","content":"Up?"}]}`,
		response: `data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}

: OPENROUTER "PROCESSING

data: {"choices":[{"index":0,"delta":{"content":"It "}}]}

data: {"choices":[{"index":0,"delta":{"content":"goes."}}]}

data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"f","arguments":""}}]}}]}

data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}}]}}]}

data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"7}"}},{"index":1,"id":"c2","function":{"name":"g"}}]}}]}

data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

data: [DONE]

`,
		input: `[{"role":"user","parts":[{"type":"text","content":"Up?"}]}]`,
		output: `[{"role":"assistant","parts":[{"type":"text","content":"It goes."},
			{"type":"tool_call","id":"c1","name":"f","arguments":{"a":7}},{"type":"tool_call","id":"c2","name":"g"}],
			"finish_reason":"tool_calls"}]`,
	},
	"Responses": {
		request: `{"instructions":"Be brief.","input":[{"role":"user","content":[{"type":"input_text","text":"Up?"},
				{"type":"input_image","image_url":"https://host/i?k=secret"}]},
			{"type":"reasoning","summary":[{"type":"summary_text","text":"Hm."}]},
			{"type":"function_call","call_id":"c1","name":"f","arguments":"{\"a\":1}"},
			{"type":"function_call_output","call_id":"c1","output":"{\"b\":2}"}],
			"tools":[{"type":"function","name":"f"},{"type":"mcp","server_label":"s","authorization":"secret"},{"type":"web_search"}]}`,
		response: `{"object":"response","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},
			"output":[{"type":"web_search_call","id":"w1","action":{"query":"q"}},{"type":"message","role":"assistant",
			"content":[{"type":"output_text","text":"It goes."},{"type":"refusal","refusal":"No."}]}]}`,
		system: `[{"type":"text","content":"Be brief."}]`,
		input: `[{"role":"user","parts":[{"type":"text","content":"Up?"},{"type":"uri","modality":"image","uri":"https://host/i"}]},
			{"role":"assistant","parts":[{"type":"reasoning","content":"Hm."}]},
			{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"f","arguments":{"a":1}}]},
			{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"{\"b\":2}"}]}]`,
		output: `[{"role":"assistant","parts":[{"type":"server_tool_call","id":"w1","name":"web_search","server_tool_call":{"type":"web_search"}},
			{"type":"text","content":"It goes."},{"type":"text","content":"No."}],"finish_reason":"max_output_tokens"}]`,
		tools: `[{"type":"function","name":"f"},{"type":"mcp","name":"s"},{"type":"web_search","name":"web_search"}]`,
	},
	"ResponsesStreamWhole": {
		request: `{"input":"Up?"}`,
		response: `event: response.output_text.delta
data: {"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"It "}

event: response.completed
data: {"type":"response.completed","response":{"status":"completed","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"It goes."}]}]}}

`,
		input:  `[{"role":"user","parts":[{"type":"text","content":"Up?"}]}]`,
		output: `[{"role":"assistant","parts":[{"type":"text","content":"It goes."}],"finish_reason":"stop"}]`,
	},
	"ResponsesStreamCut": {
		request: `{"input":"Up?"}`,
		response: `data: {"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"Hm."}

data: {"type":"response.output_item.added","output_index":1,"item":{"type":"function_call","call_id":"c1","name":"f","arguments":""}}

data: {"type":"response.function_call_arguments.delta","output_index":1,"delta":"{\"a\":"}

data: {"type":"response.function_call_arguments.delta","output_index":1,"delta":"7"}

data: {"type":"response.output_text.delta","output_index":2,"content_index":0,"delta":"It go`,
		input: `[{"role":"user","parts":[{"type":"text","content":"Up?"}]}]`,
		output: `[{"role":"assistant","parts":[{"type":"reasoning","content":"Hm."},
			{"type":"tool_call","id":"c1","name":"f","arguments":{}},{"type":"text","content":"It go"}],"finish_reason":"error"}]`,
	},
	"OpenAIEmbeddings": {
		request:  `{"input":["one","two"]}`,
		response: `{"data":[]}`,
		input:    `[{"role":"user","parts":[{"type":"text","content":"one"}]},{"role":"user","parts":[{"type":"text","content":"two"}]}]`,
	},
	"TokensAreNoText": {request: `{"input":[[1,2],[3]]}`},
	"StoredPrompt":    {request: `{"prompt":{"id":"p1","variables":{"a":"b"}}}`},
	"Completions": {
		request: `{"prompt":"Once"}`, response: `{"choices":[{"text":" upon","index":0,"finish_reason":"length"}]}`,
		input:  `[{"role":"user","parts":[{"type":"text","content":"Once"}]}]`,
		output: `[{"role":"assistant","parts":[{"type":"text","content":" upon"}],"finish_reason":"length"}]`,
	},
	"Anthropic": {
		request: `{"system":[{"type":"text","text":"Be brief."}],"messages":[
			{"role":"user","content":[{"type":"text","text":"What?"},
				{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},
				{"type":"image","source":{"type":"url","url":"https://host/i?sig=secret"}},
				{"type":"document","source":{"type":"text","media_type":"text/plain","data":"A page."}},
				{"type":"document","source":{"type":"file","file_id":"f1"}}]},
			{"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"s"},{"type":"tool_use","id":"c1","name":"look","input":{"at":1}}]},
			{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":[{"type":"text","text":"a cat"}]}]},
			{"role":"user","content":[{"type":"tool_result","tool_use_id":"c2","content":[{"type":"text","text":"seen"},
				{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},{"type":"text","text":"And?"}]}],
			"tools":[{"name":"look","input_schema":{"type":"object"}},{"type":"web_search_20250305","name":"web_search"}],
			"mcp_servers":[{"url":"https://m","authorization_token":"secret"}]}`,
		response: `{"type":"message","role":"assistant","content":[{"type":"text","text":"A cat."},
			{"type":"server_tool_use","id":"s1","name":"web_search","input":{"query":"q"}},
			{"type":"web_search_tool_result","tool_use_id":"s1","content":[{"encrypted_content":"x"}]}],"stop_reason":"end_turn"}`,
		system: `[{"type":"text","content":"Be brief."}]`,
		input: `[{"role":"user","parts":[{"type":"text","content":"What?"},
				{"type":"blob","mime_type":"image/png","modality":"image","content":"","size":3},
				{"type":"uri","modality":"image","uri":"https://host/i"},{"type":"text","content":"A page."},
				{"type":"file","modality":"document","file_id":"f1"}]},
			{"role":"assistant","parts":[{"type":"reasoning","content":"Hm."},{"type":"tool_call","id":"c1","name":"look","arguments":{"at":1}}]},
			{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"a cat"}]},
			{"role":"user","parts":[{"type":"tool_call_response","id":"c2","response":[{"type":"text","content":"seen"},
				{"type":"blob","mime_type":"image/png","modality":"image","content":"","size":3}]},{"type":"text","content":"And?"}]}]`,
		output: `[{"role":"assistant","parts":[{"type":"text","content":"A cat."},
			{"type":"server_tool_call","id":"s1","name":"web_search","server_tool_call":{"type":"web_search"}},
			{"type":"server_tool_call_response","id":"s1","server_tool_call_response":{"type":"web_search"}}],"finish_reason":"end_turn"}]`,
		tools: `[{"type":"function","name":"look","parameters":{"type":"object"}},{"type":"web_search_20250305","name":"web_search"}]`,
	},
	"AnthropicStream": {
		request: `{"system":"Be brief.","messages":[{"role":"user","content":"Up?"}]}`,
		response: `event: message_start
data: {"type":"message_start","message":{"role":"assistant","content":[]}}

data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}

data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm."}}

data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}}

data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"It "}}

data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"goes."}}

data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"c1","name":"f","input":{}}}

data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}

data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"7}"}}

data: {"type":"message_delta","delta":{"stop_reason":"tool_use"}}

data: {"type":"message_stop"}

`,
		system: `[{"type":"text","content":"Be brief."}]`,
		input:  `[{"role":"user","parts":[{"type":"text","content":"Up?"}]}]`,
		output: `[{"role":"assistant","parts":[{"type":"reasoning","content":"Hm."},{"type":"text","content":"It goes."},
			{"type":"tool_call","id":"c1","name":"f","arguments":{"a":7}}],"finish_reason":"tool_use"}]`,
	},
	"Errors":  {response: `{"error":{"code":400,"message":"your prompt: canary"}}`},
	"Nothing": {},
	"Garbage": {request: `]]}{"`, response: `<html>"canary`},
}

func TestRead(t *testing.T) {
	t.Parallel()
	for name, x := range exchanges {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, cut := content.Read(buffered(x.request), buffered(x.response))
			require.Zero(t, cut)
			requireJSON(t, x.system, c.System)
			requireJSON(t, x.input, c.Input)
			requireJSON(t, x.output, c.Output)
			requireJSON(t, x.tools, c.Tools)
		})
	}
}

// TestRead_CutAnywhere has the bodies end after every byte.
func TestRead_CutAnywhere(t *testing.T) {
	t.Parallel()
	for name, x := range exchanges {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := said(content.Read(buffered(x.request), buffered(x.response)))
			for i := range x.request {
				requirePart(t, whole, said(content.Read(buffered(x.request[:i]), nil)))
			}
			for i := range x.response {
				requirePart(t, whole, said(content.Read(buffered(x.request), buffered(x.response[:i]))))
			}
		})
	}
}

// requirePart holds the texts of a body that was cut against those of all of
// it: each is within one.
func requirePart(t *testing.T, whole, cut []string) {
	t.Helper()
	for _, s := range cut {
		found := s == ""
		for _, w := range whole {
			found = found || strings.Contains(w, s)
		}
		require.True(t, found, "%q is in none of %q", s, whole)
	}
}

// said returns the texts of messages.
func said(c content.Content, _ content.Cut) []string {
	var texts []string
	for _, messages := range [][]content.Message{c.Input, c.Output, {{Parts: c.System}}} {
		for i := range messages {
			for j := range messages[i].Parts {
				texts = append(texts, messages[i].Parts[j].Content)
			}
		}
	}
	return texts
}

func TestRead_NilIsEmpty(t *testing.T) {
	t.Parallel()
	c, cut := content.Read(nil, nil)
	require.True(t, c.IsZero())
	require.Zero(t, cut)
}

func FuzzRead(f *testing.F) {
	for _, x := range exchanges {
		f.Add(x.request, x.response)
	}
	f.Fuzz(func(t *testing.T, request, response string) {
		c, _ := content.Read(buffered(request), buffered(response))
		for _, limit := range []int{1, 1000} {
			requireFits(t, c.Input, limit)
			requireFits(t, c.Output, limit)
			requireFits(t, c.System, limit)
			requireFits(t, c.Tools, limit)
		}
	})
}

func buffered(body string) *content.Buffer {
	b := content.NewBuffer(1 << 20)
	b.Write([]byte(body))
	return b
}

func requireJSON[E content.Element](t *testing.T, want string, got []E) {
	t.Helper()
	if want == "" {
		require.Empty(t, got)
		return
	}
	rendered, cut, err := content.Render(got, 1<<20)
	require.NoError(t, err)
	require.False(t, cut)
	require.JSONEq(t, want, rendered)
}
