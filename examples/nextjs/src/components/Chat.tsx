"use client";

import { type FormEvent, useEffect, useRef, useState } from "react";
import { TaskTitle } from "@/components/TaskTitle";
import { usePusherConnection } from "@/hooks/usePusherConnection";
import { useTaskChat } from "@/hooks/useTaskChat";
import { getTaskChannelName, PUSHER_EVENTS } from "@/lib/pusher";
import type { StatusUpdate, Task, TitleUpdate } from "@/lib/task";
import { currentUser } from "@/lib/user";

const STATUS = { todo: "To do", "in-progress": "Working…", completed: "Done" };

/** What to do where nobody has written yet. */
function Invitation() {
  const somebodyElse = currentUser().name === "Grace" ? "Ada" : "Grace";
  return (
    <li className="empty">
      <p>
        <strong>Nobody has written about this task yet.</strong>
      </p>
      <p>
        Write the first message, or ask the agent to do the task. To see both ends of it, open the board{" "}
        <a href={`/?as=${somebodyElse}`} target="_blank" rel="noreferrer">
          as {somebodyElse}
        </a>{" "}
        beside this tab.
      </p>
    </li>
  );
}

export function Chat({ task }: { task: Task }) {
  const { messages, isLoading, send } = useTaskChat(task.id);
  const [notice, setNotice] = useState("");
  const list = useRef<HTMLOListElement>(null);

  usePusherConnection<StatusUpdate>({
    channelName: getTaskChannelName(task.id),
    eventName: PUSHER_EVENTS.WORKFLOW_STATUS_UPDATE,
    onEvent: ({ status }) => setNotice(status === "completed" ? "The agent is done" : "The agent is working"),
  });

  usePusherConnection<TitleUpdate>({
    channelName: getTaskChannelName(task.id),
    eventName: PUSHER_EVENTS.TASK_TITLE_UPDATE,
    onEvent: ({ previousTitle }) => setNotice(`The title was “${previousTitle}”`),
  });

  useEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [messages.length]);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const text = String(new FormData(form).get("text")).trim();
    if (text === "") return;
    form.reset();
    send(text).catch(() => {
      setNotice("The message was not sent");
      (form.elements.namedItem("text") as HTMLInputElement).value ||= text;
    });
  }

  return (
    <section className="chat" aria-label="Chat">
      <div className="task">
        <TaskTitle task={task} />
        <span className="status" data-status={task.status}>
          {STATUS[task.status]}
        </span>
      </div>
      <ol ref={list} aria-label="Messages" aria-live="polite" aria-busy={isLoading}>
        {!isLoading && messages.length === 0 && <Invitation />}
        {/* There are no messages before the browser has fetched them, so there is a user here. */}
        {messages.map(({ id, author, text }) => (
          <li key={id} className="message" data-own={author === currentUser().name} data-agent={author === "Agent"}>
            <span className="author">{author}</span>
            <p>{text}</p>
          </li>
        ))}
      </ol>
      <p className="notice" role="status">
        {notice}
      </p>
      <form onSubmit={submit}>
        {/* Not before there is somebody to take it: the page is there before its script. */}
        <fieldset className="composer" disabled={isLoading}>
          <input name="text" aria-label="Message" placeholder="Message" autoComplete="off" />
          <button type="submit">Send</button>
          <button type="button" className="quiet" onClick={() => void send("@agent please do this task")}>
            Ask the agent
          </button>
        </fieldset>
      </form>
    </section>
  );
}
